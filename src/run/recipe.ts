// What a run is made of: the schema of recipes with every default, and readable errors.

import { z } from 'zod';
import { MODULES, WEIGHT_CONTROLS } from '../algorithms/index.ts';
import { explainIssue } from '../core/explain-issue.ts';
import { UserError } from '../core/index.ts';
import { GATE_REQUIREMENTS } from '../eval/index.ts';
import { llama } from '../nn/index.ts';
import { corpusTextOptions } from '../training/data/prepare-text.ts';
import { textOrderOptions } from '../training/data/text-data.ts';
import {
  checkpointSchema,
  count,
  engineSchema,
  optimizerSchema,
  requireBatchFits,
  size,
} from './recipe-parts.ts';
import { worldSchema } from './world-recipe.ts';

const training = {
  /** Tokens that the model sees at once. */
  contextLength: size.default(256),
  /** Sequences in a part of a step. */
  batchSize: size.default(16),
  /** Parts in a step, whose gradients are averaged. */
  accumulate: size.default(1),
  /** Optimizer steps. */
  steps: count.default(200),
  /** Steps between evaluations; the first and the last step are always evaluated. */
  evaluateEvery: count.default(50),
  optimizer: optimizerSchema.prefault({}),
};

const source = z.strictObject({
  world: worldSchema.prefault({ kind: 'nca' }),
  ...training,
  /** Sequences under unseen rules, for evaluation and the gate, which needs two for a standard error. */
  heldOutSequences: z
    .int()
    .min(2)
    .max(2 ** 20)
    .default(64),
});

const selection = z.strictObject({
  modules: z.array(z.enum(MODULES)),
  layers: z
    .tuple([z.int().nonnegative(), z.int().nonnegative()])
    .refine(([first, last]) => first <= last, 'the first layer comes after the last')
    .optional(),
});

const transfer = z.strictObject({
  /** A run, checkpoint or Hugging Face folder whose model is transferred, where there is no source stage. */
  from: z.string().optional(),
  keep: selection.default({ modules: ['attention', 'mlp', 'norms'] }),
  freeze: selection.optional(),
  embeddingStd: z.union([z.number().positive(), z.literal('source')]).default('source'),
  /** The trained weights, or a control made of them. */
  weights: z.enum(WEIGHT_CONTROLS).default('trained'),
});

const text = z.strictObject({
  ...corpusTextOptions,
  ...textOrderOptions,
  ...training,
});

const recipeSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/, 'letters, digits, dots, dashes and underscores only'),
  description: z.string().default(''),
  seed: z.int().nonnegative().default(0),
  model: llama.options.prefault({}),
  /** The source stage; without it the model starts from scratch. */
  source: source.optional(),
  /**
   * The least that the source's model must have learned: the text stage does not begin otherwise, and a study leaves the
   * arms of such a source out of its means.
   */
  requireGate: z.enum(GATE_REQUIREMENTS).optional(),
  /** What the text stage takes over from the source stage. */
  transfer: transfer.prefault({}),
  /** The text stage; without it the run ends after the source stage. */
  text: text.optional(),
  checkpoint: checkpointSchema.prefault({}),
  engine: engineSchema.prefault({}),
});

/** A recipe as written: everything but the name has a default. */
export type RecipeInput = z.input<typeof recipeSchema>;
/** A recipe with all defaults filled in. */
export type Recipe = z.output<typeof recipeSchema>;
export type SourceRecipe = NonNullable<Recipe['source']>;
export type TextRecipe = NonNullable<Recipe['text']>;

/**
 * Checks a recipe and fills in the defaults.
 *
 * @param origin where it comes from, for messages
 * @throws UserError naming the first fault, its place, and for a misspelt key the nearest known one
 */
export function parseRecipe(value: unknown, origin: string): Recipe {
  const result = recipeSchema.safeParse(liftContextLength(value));
  if (!result.success) {
    throw explainIssue(result.error.issues[0]!, value, recipeJsonSchema(), {
      origin,
      what: 'the recipe',
    });
  }
  const recipe = result.data;
  for (const stage of ['source', 'text'] as const) {
    const { batchSize = 1, accumulate = 1, contextLength = 1 } = recipe[stage] ?? {};
    requireBatchFits(`${origin}: ${stage}`, { batchSize, accumulate, contextLength });
  }
  if (!recipe.source && !recipe.text) {
    throw new UserError(`${origin}: the recipe has neither a source nor a text stage`, {
      hint: 'add "source": {} or "text": {}',
    });
  }
  const { contextLength, world } = recipe.source ?? {};
  if (world?.kind === 'dataset' && (world.contextLength ?? contextLength) !== contextLength) {
    throw new UserError(
      `${origin}: source.contextLength is ${contextLength}, and source.world.contextLength ${world.contextLength}`,
      { hint: 'leave one of them out' },
    );
  }
  if (recipe.transfer.from !== undefined && (recipe.source || !recipe.text)) {
    const why = recipe.source ? 'with a source stage' : 'without a text stage';
    throw new UserError(`${origin}: transfer.from has no meaning ${why}`, {
      hint: 'it names the model that the text stage begins with, in place of a source stage',
    });
  }
  if (recipe.requireGate !== undefined && !recipe.source && recipe.transfer.from === undefined) {
    throw new UserError(`${origin}: requireGate has no meaning without a source`, {
      hint: 'it asks for what the model of a source stage, or of transfer.from, has learned',
    });
  }
  return recipe;
}

/** A data set's `contextLength` is the stage's, where that says nothing. */
function liftContextLength(value: unknown): unknown {
  const { source } = (value ?? {}) as { source?: Record<string, unknown> };
  const world = source?.world as Record<string, unknown> | undefined;
  if (!source || world?.kind !== 'dataset' || source.contextLength !== undefined) return value;
  if (world.contextLength === undefined) return value;
  return { ...(value as object), source: { ...source, contextLength: world.contextLength } };
}

/** The JSON schema of recipes, for editors. */
export function recipeJsonSchema(): object {
  return z.toJSONSchema(recipeSchema, { io: 'input' });
}
