// The mutator of the paper: a language model that is shown a warrior, and no fitness and no opponents.

import { assemble, type CoreSettings, formatDiagnostic } from '../corewar/index.ts';
import type { LanguageModel, Message } from '../llm/index.ts';
import { extractCode } from './extract-code.ts';
import type { Mutator, Proposal, ProposalRequest } from './mutator.ts';
import type { Prompts } from './prompts.ts';
import type { LlmRecipe } from './recipe.ts';

/** Errors that a model is shown, at most. */
const MOST_ERRORS = 20;

/**
 * Asks `model` for each warrior. An answer without code, or whose code does not assemble, is a failure; with
 * `recipe.repair` it is sent back once with the assembler's errors first.
 */
export function createLlmMutator(
  settings: CoreSettings,
  recipe: LlmRecipe,
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
    ...{ source, warrior: null, failure: 'invalid' },
    errors: errors.length > 0 ? errors : ['the program has no instructions'],
  };
}
