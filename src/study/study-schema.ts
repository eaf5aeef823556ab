// What a study's recipe is made of: axes of changes to one base recipe, crossed with each other and with seeds.

import { z } from 'zod';
import { GATE_REQUIREMENTS } from '../eval/index.ts';
import { slurmOptionsSchema } from './executors/slurm-options.ts';

const overlay = z.record(z.string(), z.unknown());
/** Names become folders. */
const name = z
  .string()
  .regex(/^\w[\w.-]*$/, 'letters, digits, dots, dashes and underscores only, no dot or dash first');
const seeds = z
  .array(z.int().nonnegative())
  .min(1)
  .refine((list) => new Set(list).size === list.length, 'duplicate seed');
/** Members of some axes: one, or several of an axis. */
export const selectionSchema = z.record(name, z.union([name, z.array(name).min(1)]));

export const metricSchema = z.union([
  z.string(),
  z.strictObject({
    name: z
      .string()
      .describe('loss, bitsPerByte, rollout.loss, rollout.accuracy or measures.NAME.'),
    better: z
      .enum(['lower', 'higher'])
      .optional()
      .describe('Whether lower or higher values are better; needed for measures only.'),
    stage: name.nullish().describe('Stage whose metric it is; by default the last one.'),
  }),
]);

export const tuningSchema = z.strictObject({
  where: selectionSchema.default({}).describe('Members that it applies to; by default all cells.'),
  key: z
    .string()
    .describe('Key of the recipe that is tuned, such as stages.text.optimizer.learningRate.'),
  values: z
    .array(z.union([z.number(), z.string(), z.boolean()]))
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'duplicate value')
    .describe('Values to try; each cell gets the best one.'),
  seeds: seeds
    .default([100])
    .describe('Seeds of the tuning runs; none of them may be a seed of the study.'),
  metric: metricSchema
    .optional()
    .describe("Metric by which values are compared; by default the study's."),
});

export const contrastSchema = z.union([
  z.tuple([name, name]),
  z.strictObject({
    axis: name
      .optional()
      .describe('Axis of the two members; needed where several axes have members of these names.'),
    treatment: name.describe('Member that is judged.'),
    control: name.describe('Member that it is compared with.'),
    cause: z
      .string()
      .min(1)
      .optional()
      .describe(
        'What the treatment has and the control lacks, for the wording of the verdict: "the dynamics".',
      ),
  }),
]);

export const studySchema = z.strictObject({
  $schema: z
    .string()
    .optional()
    .describe(
      'Path or URL of the JSON schema of recipes, with which editors complete and check keys.',
    ),
  format: z.literal(2).default(2).describe('Version of the recipe format.'),
  kind: z.literal('study').default('study').describe('A study.'),
  name: name.describe('Name of the study and of its folder.'),
  description: z.string().default('').describe('What the study is for, in one sentence.'),
  seeds: seeds
    .default([0, 1, 2, 3, 4])
    .describe('Every cell runs once per seed; cells are compared in pairs of the same seed.'),
  base: overlay
    .default({})
    .describe('Recipe that all runs have in common; it may extend another recipe.'),
  axes: z
    .record(name, z.record(name, overlay))
    .describe(
      'Axes by name, each with members by name, each of which holds changes to the base. A cell is one member of each axis; their changes are applied in the order of the axes.',
    ),
  exclude: z
    .array(selectionSchema)
    .default([])
    .describe(
      'Combinations that are left out, such as { "model": "gru", "transfer": ["all", "attention"] }.',
    ),
  baseline: z
    .union([name, z.record(name, name)])
    .describe('Member of an axis, or one each of several axes, that the others are compared with.'),
  contrasts: z
    .array(contrastSchema)
    .default([])
    .describe(
      'Further comparisons, each of a treatment with its control, such as ["nca", "shuffled"].',
    ),
  metric: metricSchema.default('loss').describe('Metric that is compared.'),
  tuning: z
    .array(tuningSchema)
    .default([])
    .describe('Values that are chosen for each cell before the study runs, under other seeds.'),
  requireGate: z
    .enum(GATE_REQUIREMENTS)
    .optional()
    .describe(
      'What the model that a cell starts from must have learned at least, as judged by the gate; runs that fail this are left out of all means.',
    ),
  slurm: slurmOptionsSchema
    .prefault({})
    .describe('Resources that each job requests from the cluster, with --executor slurm.'),
});

/** The JSON schema of whole studies, for messages and editors. */
export function studyJsonSchema(): object {
  return z.toJSONSchema(studySchema, { io: 'input', unrepresentable: 'any' });
}

/** A study as written. */
export type StudyInput = Omit<z.input<typeof studySchema>, 'tuning'> & {
  readonly tuning?: z.input<typeof tuningSchema> | z.input<typeof tuningSchema>[];
};

/** The number of a run's summary that is compared. */
export type Metric = {
  readonly name: string;
  readonly better: 'lower' | 'higher';
  /** Null for the last stage. */
  readonly stage: string | null;
};

/** Members by axis: a whole cell, or a part of one. */
export type Members = Readonly<Record<string, string>>;

/** Members of some axes, of which a cell must have one per axis. */
export type Selection = Readonly<Record<string, readonly string[]>>;

export type Tuning = {
  readonly where: Selection;
  readonly key: string;
  readonly values: readonly (number | string | boolean)[];
  readonly seeds: readonly number[];
  readonly metric: Metric;
};

/** Two members of an axis that are compared. */
export type Contrast = {
  readonly axis: string;
  readonly treatment: string;
  readonly control: string;
  /** What the treatment has and the control lacks. */
  readonly cause?: string | undefined;
};

/** A study with all defaults filled in; the recipes in it are overlays still. */
export type Study = Omit<
  z.output<typeof studySchema>,
  'exclude' | 'baseline' | 'contrasts' | 'metric' | 'tuning'
> & {
  readonly exclude: readonly Selection[];
  readonly baseline: Members;
  readonly contrasts: readonly Contrast[];
  readonly metric: Metric;
  readonly tuning: readonly Tuning[];
};
