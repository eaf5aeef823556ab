// The mutator that a recipe asks for.

import { foldIn } from '../core/index.ts';
import type { CoreSettings } from '../corewar/index.ts';
import { createLanguageModel } from '../llm/index.ts';
import { createGeneticMutator } from './genetic-mutator.ts';
import { chance } from './genetic-operators.ts';
import { createLlmMutator } from './llm-mutator.ts';
import type { Mutator } from './mutator.ts';
import { loadPrompts } from './prompts.ts';
import type { LlmRecipe, RedQueenRecipe } from './recipe.ts';
import type { UsageMeter } from './usage.ts';

export type MutatorSurroundings = {
  readonly settings: CoreSettings;
  /** Folder of the model's answers. */
  readonly answers: string;
  readonly meter: UsageMeter;
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
  const { before } = meter;
  const languageModel = createLanguageModel({
    ...{ provider, model, concurrency, timeoutMs, retries, env, cacheDirectory: answers },
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(apiKeyVariable === undefined ? {} : { apiKeyVariable }),
    // A budget is the run's: what was spent before this start counts.
    budget: {
      ...limit('requests', recipe.maxRequests, before.requests),
      ...limit('tokens', recipe.maxTotalTokens, before.inputTokens + before.outputTokens),
    },
    onEvent: ({ text }) => say(text),
  });
  meter.watch(() => {
    const { requests, inputTokens, outputTokens } = languageModel.usage();
    return { requests, inputTokens, outputTokens };
  });
  return createLlmMutator(settings, recipe, languageModel, loadPrompts(settings));
}

function limit(name: 'requests' | 'tokens', most: number | null, spent: number) {
  return most === null ? {} : { [name]: Math.max(0, most - spent) };
}
