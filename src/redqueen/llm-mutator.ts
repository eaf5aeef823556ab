// The mutator of the paper: a language model that is shown a warrior, and no fitness and no opponents.

import { z } from 'zod';
import { assemble, type CoreSettings, formatDiagnostic } from '../corewar/index.ts';
import {
  createLanguageModel,
  type LanguageModel,
  type LanguageModelEvent,
  type Message,
} from '../llm/index.ts';
import { extractCode } from './extract-code.ts';
import {
  defineMutator,
  type Mutator,
  type MutatorContext,
  type Proposal,
  type ProposalRequest,
} from './mutator.ts';
import { loadPrompts, type Prompts } from './prompts.ts';

const count = z.int().positive();

const llmOptions = z.strictObject({
  provider: z
    .enum(['openai', 'anthropic'])
    .default('openai')
    .describe("Protocol of the server; most servers speak 'openai'."),
  model: z.string().min(1).default('gpt-4.1-mini').describe('Name of the model on its server.'),
  baseUrl: z
    .string()
    .optional()
    .describe("Base URL of an OpenAI-compatible server; by default the provider's own."),
  apiKeyVariable: z
    .string()
    .optional()
    .describe("Environment variable that holds the API key; by default the provider's usual one."),
  temperature: z.number().min(0).max(2).default(1).describe('Sampling temperature.'),
  maxTokens: count.default(2048).describe('Most tokens per answer.'),
  repair: z
    .boolean()
    .default(true)
    .describe(
      "Whether a warrior that does not assemble is sent back once, with the assembler's errors.",
    ),
  concurrency: count.default(4).describe('Concurrent requests.'),
  timeoutMs: count.default(60_000).describe('Timeout per request in milliseconds.'),
  retries: z.int().nonnegative().default(5).describe('Retries after a failed request.'),
  maxRequests: count
    .nullable()
    .default(null)
    .describe(
      'Requests after which the run stops; it can be resumed with a larger budget. null: no limit.',
    ),
  maxTotalTokens: count
    .nullable()
    .default(null)
    .describe(
      'Tokens after which the run stops; it can be resumed with a larger budget. null: no limit.',
    ),
});

export type LlmOptions = z.output<typeof llmOptions>;

export const nameModel = ({ provider, model }: LlmOptions) =>
  `a language model (${provider}: ${model})`;

export const llm = defineMutator({
  kind: 'llm',
  source: 'arXiv 2601.03335',
  description:
    'A language model that is shown the parent warrior, but neither its fitness nor its opponents.',
  options: llmOptions,
  describe: nameModel,
  withBudget: (given, budget) => ({ ...given, ...budget }),
  create: openModel,
});

/** Errors that a model is shown, at most. */
const MOST_ERRORS = 20;

/**
 * Asks `model` for each warrior. An answer without code, or whose code does not assemble, is a failure; with
 * `recipe.repair` it is sent back once with the assembler's errors first.
 */
function createLlmMutator(
  settings: CoreSettings,
  recipe: LlmOptions,
  model: LanguageModel,
  prompts: Prompts,
): Mutator {
  const ask = async (messages: readonly Message[], tag: string, drain?: AbortSignal) => {
    const { temperature, maxTokens } = recipe;
    const request = { messages, temperature, maxTokens, tag };
    const { text } = await model.complete(request, { drain });
    return { text, ...readAnswer(text, settings) };
  };
  return {
    async propose({ tag, parent, signal }: ProposalRequest): Promise<Proposal> {
      const messages = parent === null ? prompts.writeNew() : prompts.mutate(parent.source);
      const first = await ask(messages, tag, signal);
      if (first.warrior || !recipe.repair || first.text.trim() === '') {
        return toProposal(first, false);
      }
      const again = prompts.repair(messages, first.text, first.errors);
      return toProposal(await ask(again, `${tag}, repair`, signal), true);
    },
  };
}

type Answer = Pick<Proposal, 'source' | 'warrior' | 'failure' | 'errors'>;

function toProposal({ source, warrior, failure, errors }: Answer, repaired: boolean): Proposal {
  return { mutator: 'llm', source, warrior, failure, errors, repaired, usedMate: false };
}

function readAnswer(text: string, settings: CoreSettings): Answer {
  const source = extractCode(text);
  if (source === null) {
    const errors = ['there is no Redcode in the answer: write it in one fenced code block'];
    return { source, warrior: null, failure: 'no code', errors };
  }
  const { warrior, diagnostics } = assemble(source, { settings });
  if (warrior && warrior.instructions.length > 0) {
    return { source, warrior, failure: null, errors: [] };
  }
  const errors = diagnostics
    .filter(({ severity }) => severity === 'error')
    .slice(0, MOST_ERRORS)
    .map((diagnostic) => formatDiagnostic(diagnostic, 'warrior'));
  return {
    source,
    warrior: null,
    failure: 'invalid',
    errors: errors.length > 0 ? errors : ['the program has no instructions'],
  };
}

function openModel(recipe: LlmOptions, context: MutatorContext): Mutator {
  const { settings, answers, meter, env, say } = context;
  const { provider, model, baseUrl, apiKeyVariable, concurrency, timeoutMs, retries } = recipe;
  const languageModel = createLanguageModel({
    provider,
    model,
    concurrency,
    timeoutMs,
    retries,
    env,
    ...(answers === null ? {} : { cacheDirectory: answers }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(apiKeyVariable === undefined ? {} : { apiKeyVariable }),
    ...(meter ? { spent: meter.spent } : {}),
    budget: {
      ...(recipe.maxRequests === null ? {} : { requests: recipe.maxRequests }),
      ...(recipe.maxTotalTokens === null ? {} : { tokens: recipe.maxTotalTokens }),
    },
    onEvent: (event) => {
      // A request is counted on disk before it is sent, so that one that a kill cuts off is counted too. What comes of it
      // is counted with its answer.
      if (event.kind === 'request' || event.kind === 'retry') meter?.save();
      const text = describeEvent(event);
      if (text !== null) say(text);
    },
  });
  meter?.watch(() => languageModel.usage());
  return createLlmMutator(settings, recipe, languageModel, loadPrompts(settings));
}

/** A message about a problem; null if there is none. */
function describeEvent(event: LanguageModelEvent): string | null {
  switch (event.kind) {
    case 'retry': {
      const { tag, message, delayMs } = event;
      return `${tag ?? 'request'}: ${message}; again in ${(delayMs / 1000).toFixed(1)} s`;
    }
    case 'damaged-cache':
      return `a saved answer is damaged, and is requested again: ${event.reason}`;
    case 'warning':
      return event.text;
    case 'request':
    case 'completion':
      return null;
  }
}
