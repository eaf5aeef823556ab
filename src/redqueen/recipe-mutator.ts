// The mutator that a recipe asks for.

import { foldIn } from '../core/index.ts';
import type { CoreSettings } from '../corewar/index.ts';
import { createLanguageModel, type LanguageModelEvent } from '../llm/index.ts';
import { createGeneticMutator } from './genetic-mutator.ts';
import { chance } from './genetic-operators.ts';
import { createLlmMutator } from './llm-mutator.ts';
import type { Mutator } from './mutator.ts';
import { loadPrompts } from './prompts.ts';
import type { LlmRecipe, RedQueenRecipe } from './recipe.ts';
import type { UsageMeter } from './usage.ts';

type MutatorSurroundings = {
  readonly settings: CoreSettings;
  /** Folder of the model's answers; null keeps none. */
  readonly answers: string | null;
  /** Where requests are counted; null counts none. */
  readonly meter: UsageMeter | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (text: string) => void;
};

/** Throws UserError where a model needs a key that is not in the environment. */
export function createRecipeMutator(
  { mutator }: Pick<RedQueenRecipe, 'mutator'>,
  surroundings: MutatorSurroundings,
): Mutator {
  const { settings } = surroundings;
  switch (mutator.kind) {
    case 'genetic':
      return createGeneticMutator(settings, mutator);
    case 'llm':
      return openModel(mutator, surroundings);
    case 'mix': {
      const genetic = createGeneticMutator(settings, mutator.genetic);
      const llm = openModel(mutator.llm, surroundings);
      return {
        propose: (request) => {
          const asksModel = chance(foldIn(request.key, 'mix'), mutator.llmShare);
          return (asksModel ? llm : genetic).propose(request);
        },
      };
    }
  }
}

function openModel(recipe: LlmRecipe, surroundings: MutatorSurroundings): Mutator {
  const { settings, answers, meter, env, say } = surroundings;
  const { provider, model, baseUrl, apiKeyVariable, concurrency, timeoutMs, retries } = recipe;
  const languageModel = createLanguageModel({
    ...{ provider, model, concurrency, timeoutMs, retries, env },
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

/** What people should know of; what goes well says nothing. */
function describeEvent(event: LanguageModelEvent): string | null {
  switch (event.kind) {
    case 'retry': {
      const { tag, message, delayMs } = event;
      return `${tag ?? 'request'}: ${message}; again in ${(delayMs / 1000).toFixed(1)} s`;
    }
    case 'damaged-cache':
      return `a kept answer is damaged and asked for again: ${event.reason}`;
    case 'warning':
      return event.text;
    case 'request':
    case 'completion':
      return null;
  }
}
