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
    name: z.string().describe('loss, bitsPerByte, rollout.loss, rollout.accuracy or measures.NAME'),
    better: z.enum(['lower', 'higher']).optional().describe('Which of two values is the better'),
    stage: name.nullish().describe('The stage whose number it is; by default the last one'),
  }),
]);

export const tuningSchema = z.strictObject({
  where: selectionSchema.default({}).describe('The members it applies to; by default every cell'),
  key: z.string().describe('What is tuned: stages.text.optimizer.learningRate'),
  values: z
    .array(z.union([z.number(), z.string(), z.boolean()]))
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'duplicate value')
    .describe('The values that are tried; each cell takes its best one'),
  seeds: seeds
    .default([100])
    .describe('Seeds of the runs that choose; none of them is one of the study'),
  metric: metricSchema
    .optional()
    .describe("What the values are judged by; by default the study's metric"),
});

export const contrastSchema = z.union([
  z.tuple([name, name]),
  z.strictObject({
    axis: name.optional().describe('Where several axes have members of these names'),
    treatment: name.describe('The member that is judged'),
    control: name.describe('The member that it is compared with'),
    cause: z
      .string()
      .min(1)
      .optional()
      .describe('What the treatment has and the control has not, for the verdict: "the dynamics"'),
  }),
]);

export const studySchema = z.strictObject({
  $schema: z.string().optional().describe('The JSON schema of studies, for editors'),
  format: z.literal(2).default(2).describe('The version of recipes'),
  kind: z.literal('study').default('study'),
  name: name.describe('Names the study, and its folder'),
  description: z.string().default('').describe('What the study is for, in a sentence'),
  seeds: seeds
    .default([0, 1, 2, 3, 4])
    .describe('Every cell runs under each; cells are compared in pairs of one seed'),
  base: overlay.default({}).describe("A recipe's keys, for every run; it may extend a recipe"),
  axes: z
    .record(name, z.record(name, overlay))
    .describe(
      'Changes to the base by axis and member; a cell is one member of each axis, in their order',
    ),
  exclude: z
    .array(selectionSchema)
    .default([])
    .describe(
      'Combinations that are left out: { "model": "gru", "transfer": ["all", "attention"] }',
    ),
  baseline: z
    .union([name, z.record(name, name)])
    .describe('The member of an axis, or of several, that the others are compared with'),
  contrasts: z
    .array(contrastSchema)
    .default([])
    .describe('Further pairs of members, a treatment and its control: ["nca", "shuffled"]'),
  metric: metricSchema.default('loss').describe('The number that is compared'),
  tuning: z
    .array(tuningSchema)
    .default([])
    .describe('What is chosen for cells before they run, under seeds of its own'),
  requireGate: z
    .enum(GATE_REQUIREMENTS)
    .optional()
    .describe('The least that what a cell begins with must have learned; others enter no mean'),
  slurm: slurmOptionsSchema
    .prefault({})
    .describe('What each job asks of a cluster, under --executor slurm'),
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
