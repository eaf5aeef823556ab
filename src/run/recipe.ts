// What a run is made of: the schema of recipes with every default, and readable errors.

import { z } from 'zod';
import { nearestName, UserError } from '../core/index.ts';
import { MODULES } from '../learn/index.ts';
import { MODEL_SIZES, type ModelSize } from '../nn/index.ts';

const count = z.int().positive();
const fraction = z.number().min(0).max(1);
/** At 1 a moment would never take anything in. */
const beta = z.number().min(0).lt(1);

const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), warmup: fraction.default(0) }),
  z.strictObject({
    kind: z.literal('cosine'),
    warmup: fraction.default(0.1),
    final: fraction.default(0.05),
  }),
  z
    .strictObject({
      kind: z.literal('warmup-stable-decay'),
      warmup: fraction.default(0.1),
      decay: fraction.default(0.2),
      final: fraction.default(0),
    })
    .refine(({ warmup, decay }) => warmup + decay <= 1, 'warmup and decay together exceed 1'),
]);

/** AdamW, clipping and the learning rate's shape. */
const optimizer = z.strictObject({
  /** Peak learning rate. */
  learningRate: z.number().positive().default(1e-3),
  betas: z.tuple([beta, beta]).default([0.9, 0.95]),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().nonnegative().default(0),
  /** Largest global norm of the gradients; 0 does not clip. */
  clipNorm: z.number().nonnegative().default(1),
  schedule: schedule.prefault({ kind: 'cosine' }),
});

const training = {
  /** Tokens that the model sees at once. */
  contextLength: count.default(256),
  /** Sequences in a part of a step. */
  batchSize: count.default(16),
  /** Parts in a step, whose gradients are averaged. */
  accumulate: count.default(1),
  /** Optimizer steps. */
  steps: count.default(200),
  /** Steps between evaluations; the first and the last step are always evaluated. */
  evaluateEvery: count.default(50),
  optimizer: optimizer.prefault({}),
};

const band = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('absolute'), low: z.number(), high: z.number() }),
  z.strictObject({ kind: z.literal('percentile'), low: z.number(), high: z.number() }),
]);

/** Defaults are those of the world itself (worlds/nca/options.ts). */
const ncaWorld = z.strictObject({
  kind: z.literal('nca'),
  colors: count.optional(),
  grid: count.optional(),
  patch: count.optional(),
  features: count.optional(),
  hidden: count.optional(),
  temperature: z.number().optional(),
  identityBias: z.number().optional(),
  burnIn: z.int().nonnegative().optional(),
  dt: count.optional(),
  channelPadding: z.enum(['wrap', 'spatial']).optional(),
  rules: z.union([z.literal('fresh'), count]).optional(),
  ruleSeed: z.int().optional(),
  band: band.optional(),
  arithmetic: z.enum(['float32', 'int16']).optional(),
});

const source = z.strictObject({
  world: ncaWorld.prefault({ kind: 'nca' }),
  ...training,
  /** Sequences under unseen rules, for evaluation and the gate, which needs two for a standard error. */
  heldOutSequences: z.int().min(2).default(64),
});

const selection = z.strictObject({
  modules: z.array(z.enum(MODULES)),
  layers: z
    .tuple([z.int().nonnegative(), z.int().nonnegative()])
    .refine(([first, last]) => first <= last, 'the first layer comes after the last')
    .optional(),
});

const transfer = z.strictObject({
  keep: selection.default({ modules: ['attention', 'mlp', 'norms'] }),
  freeze: selection.optional(),
  embeddingStd: z.union([z.number().positive(), z.literal('source')]).default('source'),
});

const tokenizer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('byte') }),
  z.strictObject({ kind: z.literal('bpe'), vocabSize: count.default(1024) }),
  z.strictObject({ kind: z.literal('file'), path: z.string() }),
]);

const text = z.strictObject({
  corpus: z
    .strictObject({
      /** Files and patterns; none is the documentation of the installed packages. */
      files: z.array(z.string()).default([]),
      /** The field of `.jsonl` lines that holds the text. */
      field: z.string().default('text'),
    })
    .prefault({}),
  tokenizer: tokenizer.prefault({ kind: 'byte' }),
  /** Share of the documents that is held out. */
  validationFraction: z.number().gt(0).lt(1).default(0.1),
  /** Held-out tokens per evaluation. */
  evaluationTokens: count.default(32_768),
  ...training,
});

const model = z.strictObject({
  size: z.enum(Object.keys(MODEL_SIZES) as [ModelSize, ...ModelSize[]]).default('nano'),
  hiddenSize: count.optional(),
  intermediateSize: count.optional(),
  layers: count.optional(),
  heads: count.optional(),
  kvHeads: count.optional(),
  ropeBase: z.number().positive().optional(),
  rmsNormEpsilon: z.number().positive().optional(),
  tieEmbeddings: z.boolean().optional(),
  attentionDropout: z.number().min(0).lt(1).optional(),
  embeddingStd: z.number().positive().optional(),
});

const recipeSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/, 'letters, digits, dots, dashes and underscores only'),
  description: z.string().default(''),
  seed: z.int().nonnegative().default(0),
  model: model.prefault({}),
  /** The source stage; without it the model starts from scratch. */
  source: source.optional(),
  /** What the text stage takes over from the source stage. */
  transfer: transfer.prefault({}),
  /** The text stage; without it the run ends after the source stage. */
  text: text.optional(),
  checkpoint: z
    .strictObject({
      everySteps: count.default(100),
      /** Checkpoints kept a stage. */
      keepLast: count.default(2),
    })
    .prefault({}),
  engine: z
    .strictObject({
      target: z.enum(['cpu', 'webgpu', 'cuda']).default('cpu'),
      /** Threads of one operation; null takes all processors. */
      threads: count.nullable().default(null),
    })
    .prefault({}),
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
  const result = recipeSchema.safeParse(value);
  if (!result.success) throw recipeError(result.error.issues[0]!, value, origin);
  const recipe = result.data;
  if (!recipe.source && !recipe.text) {
    throw new UserError(`${origin}: the recipe has neither a source nor a text stage`, {
      hint: 'add "source": {} or "text": {}',
    });
  }
  return recipe;
}

function recipeError(issue: z.core.$ZodIssue, value: unknown, origin: string): UserError {
  const place = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const known = keysAt(issue.path, value);
    const near = nearestName(key, known);
    return new UserError(`${origin}: unknown key '${key}'${place ? ` in ${place}` : ''}`, {
      hint: near ? `did you mean '${near}'?` : `known here: ${known.join(', ')}`,
    });
  }
  return new UserError(`${origin}: ${place || 'the recipe'}: ${describeIssue(issue)}`);
}

/** Of a union the messages of its members: its own says nothing. */
function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue.message;
  return issue.errors.map(([first]) => first?.message ?? issue.message).join('; or ');
}

type JsonSchema = {
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
};

/** The JSON schema of recipes, for editors. */
export function recipeJsonSchema(): object {
  return z.toJSONSchema(recipeSchema, { io: 'input' });
}

/** Names of the keys that may stand at a path of `value`, whose `kind`s decide between alternatives. */
function keysAt(path: readonly PropertyKey[], value: unknown): string[] {
  let places = matching(recipeJsonSchema(), value);
  let at = value;
  for (const step of path) {
    at = (at as Record<PropertyKey, unknown>)[step];
    places = places
      .flatMap((place) => place.properties?.[String(step)] ?? [])
      .flatMap((place) => matching(place, at));
  }
  return [...new Set(places.flatMap((place) => Object.keys(place.properties ?? {})))];
}

/** The alternatives of a schema whose `kind`, if it has one, is that of the value. */
function matching(schema: JsonSchema, value: unknown): JsonSchema[] {
  return variants(schema).filter(({ properties }) => {
    const kind = properties?.kind?.const;
    return kind === undefined || kind === (value as { kind?: unknown }).kind;
  });
}

function variants(schema: JsonSchema): JsonSchema[] {
  return [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
}
