// The recipe of a training run: a model, and named stages of data, algorithm and optimizer.

import { z } from 'zod';
import { explainIssue } from '../core/explain-issue.ts';
import { nearestName, UserError } from '../core/index.ts';
import { memoize } from '../core/memoize.ts';
import { GATE_REQUIREMENTS } from '../eval/index.ts';
import { explainFolderName, findCaseTwins } from '../run/folder-names.ts';
import { checkpointSchema, count, engineSchema, requireBatchFits, size } from './recipe-parts.ts';
import type { KindOptions, Registries } from './registries.ts';
import { requireMesh } from './require-mesh.ts';
import { type Start, startSchema } from './start-schema.ts';

/** The version of recipes. */
const RECIPE_FORMAT = 2;

/** Keys that a recipe may set for all of its stages, and a stage for itself. */
const sizes = {
  contextLength: size
    .nullable()
    .describe(
      "Tokens in the model's context; null uses the length that the data prescribe, or their default.",
    ),
  batchSize: size.describe('Sequences per optimizer step, over all accumulated parts.'),
  accumulate: size.describe(
    'Parts into which the batch of a step is split; they are computed one after another, and their gradients averaged.',
  ),
  heldOutSequences: z
    .int()
    .min(2)
    .max(2 ** 20)
    .describe(
      'Held-out sequences, for evaluation and the gate. Text has evaluationTokens instead.',
    ),
};

const name = z.string().regex(/^\w[\w.-]*$/, 'letters, digits, dots, dashes and underscores only');

/** Keys that look like numbers come first in every object, whatever the order in which they were written. */
const stageName = name
  .refine(
    (text) => !/^\d+$/.test(text),
    'a name needs a letter: digits alone lose their place in the order of keys',
  )
  .superRefine((text, context) => {
    const message = explainFolderName(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

/** A kind of a registry with its options. */
function kindOf(registry: Readonly<Record<string, { kind: string; options: z.ZodType }>>) {
  const kinds = Object.values(registry).map(({ kind, options }) =>
    (options as z.ZodObject).safeExtend({ kind: z.literal(kind) }),
  );
  return z.discriminatedUnion('kind', kinds as unknown as [z.ZodObject, ...z.ZodObject[]]);
}

function stageSchema({ data, algorithms, optimizers }: Registries) {
  const { contextLength, batchSize, accumulate, heldOutSequences } = sizes;
  return z.strictObject({
    data: kindOf(data).optional().describe("Data of this stage; by default the run's."),
    contextLength: contextLength.optional(),
    batchSize: batchSize.optional(),
    accumulate: accumulate.optional(),
    heldOutSequences: heldOutSequences.optional(),
    stream: name
      .optional()
      .describe(
        "Name of the random stream from which the stage's data are drawn, by default the stage's name. Stages with the same stream draw the same sequences.",
      ),
    algorithm: kindOf(algorithms).describe('How the model learns.'),
    optimizer: optimizerSchema(optimizers).describe('How gradients update the parameters.'),
    steps: count.default(200).describe('Optimizer steps.'),
    evaluateEvery: count
      .default(50)
      .describe(
        'Steps between evaluations; the model is always evaluated at the first and the last step.',
      ),
    start: startSchema
      .nullish()
      .describe('What the stage starts from; null starts from scratch, even after another stage.'),
    requireGate: z
      .enum(GATE_REQUIREMENTS)
      .optional()
      .describe('What the starting model must have learned at least, as judged by the gate.'),
  });
}

const fraction = z.number().min(0).max(1);

const warmup = fraction.describe(
  'Share of the steps over which the learning rate rises from 0 to its peak.',
);
const final = fraction.describe('Learning rate at the end, as a share of its peak.');

const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), warmup: warmup.default(0) }),
  z.strictObject({
    kind: z.literal('cosine'),
    warmup: warmup.default(0.1),
    final: final.default(0.05),
  }),
  z
    .strictObject({
      kind: z.literal('warmup-stable-decay'),
      warmup: warmup.default(0.1),
      decay: fraction
        .default(0.2)
        .describe('Share of the steps at the end over which the learning rate falls.'),
      final: final.default(0),
    })
    .refine(({ warmup, decay }) => warmup + decay <= 1, 'warmup and decay together exceed 1'),
]);

/** An optimizer's own options, with what all of them have: the learning rate, its schedule, clipping. */
export function optimizerOptions({ options }: { readonly options: z.ZodType }): z.ZodObject {
  return (options as z.ZodObject).safeExtend({
    learningRate: z.number().positive().default(1e-3).describe('Peak learning rate.'),
    schedule: schedule
      .prefault({ kind: 'cosine' })
      .describe('How the learning rate changes over the steps.'),
    clipNorm: z
      .number()
      .nonnegative()
      .default(1)
      .describe(
        'Largest global norm of the gradients, above which they are scaled down; 0 turns clipping off.',
      ),
  });
}

function optimizerSchema(registry: Registries['optimizers']) {
  const kinds = Object.values(registry).map((definition) =>
    optimizerOptions(definition).safeExtend({ kind: z.literal(definition.kind) }),
  );
  return z.discriminatedUnion('kind', kinds as unknown as [z.ZodObject, ...z.ZodObject[]]);
}

/** The schema of recipes over the kinds of some registries; building it takes far longer than a recipe does. */
const recipeSchema = memoize((registries: Registries) =>
  z.strictObject({
    $schema: z
      .string()
      .optional()
      .describe(
        'Path or URL of the JSON schema of recipes, with which editors complete and check keys.',
      ),
    format: z.literal(RECIPE_FORMAT).describe('Version of the recipe format.'),
    name: name.describe('Name of the run and of its folder.'),
    description: z.string().default('').describe('What the run is for, in one sentence.'),
    seed: z
      .int()
      .nonnegative()
      .default(0)
      .describe(
        'Random seed. Data, initial weights and everything else that is random follow from it.',
      ),
    plugins: z
      .array(z.string())
      .default([])
      .describe(
        'Files and npm packages that add kinds of models, data, algorithms and optimizers; paths are relative to the recipe.',
      ),
    model: kindOf(registries.models).describe('The model, which goes through all stages.'),
    data: kindOf(registries.data)
      .nullish()
      .describe(
        'Data of the stages that have none of their own. Each such stage continues where the one before it stopped.',
      ),
    contextLength: sizes.contextLength.default(null),
    batchSize: sizes.batchSize.default(16),
    accumulate: sizes.accumulate.default(1),
    heldOutSequences: sizes.heldOutSequences.default(64),
    stages: z
      .record(stageName, stageSchema(registries).nullable())
      .describe(
        'Stages by name, run in the order of their keys; null removes a stage of the extended recipe.',
      ),
    requireGate: z
      .enum(GATE_REQUIREMENTS)
      .optional()
      .describe(
        'Default of requireGate for every stage that starts from a model which the gate has judged.',
      ),
    rollout: z
      .strictObject({
        length: size
          .optional()
          .describe('Tokens per sequence; by default the length of a training sequence.'),
        sequences: count
          .max(2 ** 16)
          .default(64)
          .describe('Sequences that the model reads free-running.'),
      })
      .prefault({})
      .describe('How the finished model is measured on generated data.'),
    checkpoint: checkpointSchema.prefault({}).describe('When checkpoints are written.'),
    engine: engineSchema.prefault({}).describe('The device and its threads.'),
  }),
);

/** A schedule of the learning rate. */
export type ScheduleRecipe = z.output<typeof schedule>;

export type OptimizerRecipe = KindOptions & {
  readonly learningRate: number;
  readonly schedule: ScheduleRecipe;
  readonly clipNorm: number;
};

type Parsed = z.output<ReturnType<typeof recipeSchema>>;
type ParsedStage = z.output<ReturnType<typeof stageSchema>>;

/** A stage with all defaults filled in. */
export type StageRecipe = Omit<ParsedStage, 'data' | 'algorithm' | 'optimizer'> & {
  readonly data?: KindOptions | undefined;
  readonly algorithm: KindOptions;
  readonly optimizer: OptimizerRecipe;
};

/** A recipe with all defaults filled in. */
export type Recipe = Omit<Parsed, 'model' | 'data' | 'stages'> & {
  readonly model: KindOptions;
  readonly data?: KindOptions | null | undefined;
  readonly stages: Readonly<Record<string, StageRecipe>>;
};

/** A recipe as written; `npm run` checks the kinds' own options when it is loaded. */
export type RecipeInput = Readonly<Record<string, unknown>>;

/** A stage with the settings that apply to all. */
export type ResolvedStage = StageRecipe & {
  readonly name: string;
  readonly data: KindOptions;
  /** Whether the data are the run's, through which its stages continue. */
  readonly sharesData: boolean;
  readonly contextLength: number | null;
  readonly batchSize: number;
  readonly accumulate: number;
  readonly heldOutSequences: number;
};

/** The stages of a recipe in their order, each with what the run says for all. */
export function listStages(recipe: Recipe): ResolvedStage[] {
  const { contextLength, batchSize, accumulate, heldOutSequences, requireGate } = recipe;
  const shared = { contextLength, batchSize, accumulate, heldOutSequences, requireGate };
  return Object.entries(recipe.stages).map(([name, stage]) => ({
    ...shared,
    ...withoutUndefined(stage),
    name,
    data: (stage.data ?? recipe.data)!,
    sharesData: !stage.data,
  })) as ResolvedStage[];
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

/**
 * Checks a recipe and fills in the defaults.
 *
 * @param origin where it comes from, for messages
 * @throws UserError naming the first fault, its place, and for a misspelled key the nearest known one
 */
export function parseRecipe(value: unknown, origin: string, registries: Registries): Recipe {
  refuseOldRecipe(value, origin);
  const written = withDefaultKinds(value);
  const result = recipeSchema(registries).safeParse(written);
  if (!result.success) {
    const schema = recipeJsonSchema(registries);
    const context = { origin, what: 'the recipe' };
    throw explainIssue(result.error.issues[0]!, written, schema, context);
  }
  const recipe = withKept(result.data as unknown as Recipe);
  requireMesh(recipe.engine, origin);
  for (const stage of listStages(recipe)) checkStage(recipe, stage, origin);
  if (Object.keys(recipe.stages).length === 0) {
    throw new UserError(`${origin}: the recipe has no stage`, {
      hint: 'give one at least: "stages": { "text": { "data": { "kind": "text" } } }',
    });
  }
  const twins = findCaseTwins(Object.keys(recipe.stages));
  if (twins) {
    throw new UserError(
      `${origin}: stages: '${twins[0]}' and '${twins[1]}' would share a folder on file systems that ignore case`,
      { hint: 'give one of them another name' },
    );
  }
  const begins = ([name, { start }]: [string, StageRecipe]) => start || startOf(recipe, name);
  if (recipe.requireGate !== undefined && !Object.entries(recipe.stages).some(begins)) {
    throw new UserError(`${origin}: requireGate has no effect if all stages start from scratch`, {
      hint: 'it applies to the model that a stage starts from',
    });
  }
  return recipe;
}

function checkStage(recipe: Recipe, stage: ResolvedStage, origin: string): void {
  const place = `${origin}: stages.${stage.name}`;
  if (!stage.data) {
    throw new UserError(`${place} has no data`, {
      hint: `give it some, or the recipe: "data": { "kind": "nca" }`,
    });
  }
  if (stage.stream !== undefined && stage.sharesData) {
    throw new UserError(`${place}.stream has no effect if the data are the run's`, {
      hint: 'leave it out, or give the stage data of its own',
    });
  }
  if (stage.name.toLowerCase() === 'shared' && !stage.sharesData && recipe.data) {
    throw new UserError(`${place}: the run's own data are stored under this name`, {
      hint: 'give the stage another name',
    });
  }
  const { batchSize, accumulate, contextLength } = stage;
  requireBatchFits(place, {
    batchSize: batchSize / accumulate,
    accumulate,
    contextLength: contextLength ?? 1,
  });
  const from = startOf(recipe, stage.name)?.from;
  if (from !== undefined && !from.includes('/') && Object.hasOwn(recipe.stages, from)) {
    const names = Object.keys(recipe.stages);
    if (names.indexOf(from) < names.indexOf(stage.name)) return;
    throw new UserError(`${place}.start.from: the stage '${from}' comes later`, {
      hint: 'a stage starts from an earlier one',
    });
  }
  // Changes to a stage that an arm from scratch has removed have no effect.
  if (from !== undefined || stage.start) return;
  if (recipe.stages[stage.name]!.requireGate !== undefined) {
    throw new UserError(`${place}.requireGate has no effect if the stage starts from scratch`, {
      hint: 'it applies to the model that the stage starts from',
    });
  }
}

/** What a stage starts from: by default the stage before it; null from scratch. */
export function startOf(recipe: Recipe, name: string): (Start & { readonly from: string }) | null {
  const { start } = recipe.stages[name]!;
  if (start === null) return null;
  const names = Object.keys(recipe.stages);
  const before = names[names.indexOf(name) - 1];
  const from = start?.from ?? before;
  if (from === undefined) return null;
  const { keep = defaultKeep(recipe, name, from), ...rest } = startSchema.parse(start ?? {});
  return { ...rest, keep, from };
}

/** Stages that share the run's data have one vocabulary, so an embedding means the same in both. */
function defaultKeep({ stages }: Recipe, name: string, from: string): 'all' | 'body' {
  const sharesData = (stage: string) => Object.hasOwn(stages, stage) && !stages[stage]!.data;
  return sharesData(name) && sharesData(from) ? 'all' : 'body';
}

/** The recipe with what is carried over, wherever a stage says what it begins with. */
function withKept(recipe: Recipe): Recipe {
  const stages = Object.entries(recipe.stages).map(([name, stage]) => {
    const { keep } = startOf(recipe, name) ?? {};
    return [name, stage.start && keep ? { ...stage, start: { ...stage.start, keep } } : stage];
  });
  return { ...recipe, stages: Object.fromEntries(stages) };
}

/** Default kinds, which recipes need not name. */
const DEFAULT_KINDS = { model: 'llama', optimizer: 'adamw', algorithm: 'next-token' } as const;

type Overlay = Readonly<Record<string, unknown>>;

function isOverlay(value: unknown): value is Overlay {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The recipe with its default kinds, without the stages that were removed, in this version. */
function withDefaultKinds(value: unknown): unknown {
  if (!isOverlay(value)) return value;
  const fill = (kind: string, given: unknown = {}) =>
    isOverlay(given) && given.kind === undefined ? { kind, ...given } : given;
  const stages = Object.entries(isOverlay(value.stages) ? value.stages : {})
    .filter(([, stage]) => stage !== null)
    .map(([name, stage]) => [
      name,
      isOverlay(stage)
        ? {
            ...stage,
            algorithm: fill(DEFAULT_KINDS.algorithm, stage.algorithm),
            optimizer: fill(DEFAULT_KINDS.optimizer, stage.optimizer),
          }
        : stage,
    ]);
  return {
    format: RECIPE_FORMAT,
    ...value,
    model: fill(DEFAULT_KINDS.model, value.model),
    ...(value.stages === undefined || isOverlay(value.stages)
      ? { stages: Object.fromEntries(stages) }
      : {}),
  };
}

/** Keys that only recipes of the first version had. */
const OLD_KEYS = ['source', 'text', 'transfer', 'task', 'smt', 'dmt', 'bptt'] as const;

function refuseOldRecipe(value: unknown, origin: string): void {
  if (!isOverlay(value) || value.stages !== undefined) return;
  const old = OLD_KEYS.find((key) => value[key] !== undefined);
  if (old === undefined) return;
  const near = nearestName(old, OLD_KEYS) ?? old;
  throw new UserError(`${origin}: '${near}' is a key of recipes before format 2`, {
    hint: 'a recipe has a model and stages now: see docs/recipes.md; older runs can be read, but not resumed',
  });
}

/** The JSON schema of whole recipes, for messages. */
export const recipeJsonSchema = memoize((registries: Registries): object =>
  z.toJSONSchema(recipeSchema(registries), { io: 'input', unrepresentable: 'any' }),
);
