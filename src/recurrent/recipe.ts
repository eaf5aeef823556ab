// The recipe of a recurrent network: its task, its sizes, and how it learns: by SMT and DMT, or by BPTT.

import { z } from 'zod';
import { DMT_WEIGHTS, SMT_WEIGHTS } from '../algorithms/index.ts';
import { explainIssue } from '../core/explain-issue.ts';
import { UserError } from '../core/index.ts';
import { CELL_KINDS, ENCODER_KINDS, recurrentOptions } from '../nn/index.ts';
import {
  checkpointSchema,
  count,
  engineSchema,
  optimizerSchema,
  size,
} from '../run/recipe-parts.ts';
import { taskSchema } from './task-recipe.ts';

const model = recurrentOptions.extend({
  encoder: z.enum(ENCODER_KINDS).optional(),
  encoderLayers: count.optional(),
  cell: z.enum(CELL_KINDS).optional(),
});

/** Optimizer steps of a stage, where a recipe says nothing. */
export const DEFAULT_STEPS = 200;

const training = {
  /** Optimizer steps. */
  steps: count.default(DEFAULT_STEPS),
  /** Steps between evaluations; the first and the last step are always evaluated. */
  evaluateEvery: count.default(100),
  optimizer: optimizerSchema.prefault({}),
};

const weight = z.number().nonnegative();

const smt = z.strictObject({
  ...training,
  /** Of the three losses; as published unless said otherwise. */
  weights: z
    .strictObject({
      decode: weight.default(SMT_WEIGHTS.decode),
      dynamics: weight.default(SMT_WEIGHTS.dynamics),
      uniformity: weight.default(SMT_WEIGHTS.uniformity),
    })
    .prefault({}),
  supervision: z
    .strictObject({
      /** Places of each sequence at which the teacher is asked: so many at random, or every one. */
      positions: z.union([count, z.literal('all')]).default(1),
      /** Tokens of context at most: a window that slides; by default all since the beginning. */
      contextLength: count.optional(),
      /** Tokens of future that are decoded from a memory at most; by default all. */
      futureLength: count.optional(),
      /** Whether there are contexts shorter than the window; DMT starts without one, and needs them. */
      shortContexts: z.boolean().default(true),
    })
    .prefault({}),
});

const dmt = z.strictObject({
  ...training,
  /** Tokens of a rollout; by default those of a sequence. */
  contextLength: size.optional(),
  weights: z
    .strictObject({
      memory: weight.default(DMT_WEIGHTS.memory),
      readout: weight.default(DMT_WEIGHTS.readout),
    })
    .prefault({}),
  /** Every k-th memory is compared with the teacher's. */
  every: count.default(16),
  /** Steps that a gradient goes back through; 1 as published. */
  gradientSteps: count.default(1),
});

const bptt = z.strictObject({
  ...training,
  /** Steps between the places where gradients are cut; null: through all. */
  truncation: count.nullable().default(null),
  /** Whether the initial state is learned, as DMT learns one; it is zero otherwise, as published. */
  learnInitial: z.boolean().default(true),
});

const recipeSchema = z.strictObject({
  kind: z.literal('recurrent'),
  name: z.string().regex(/^\w[\w.-]*$/, 'letters, digits, dots, dashes and underscores only'),
  description: z.string().default(''),
  seed: z.int().nonnegative().default(0),
  task: taskSchema,
  /** Tokens that are read of a sequence; images have one less than pixels. Null is as if left out, for what a base says. */
  contextLength: size.nullish(),
  batchSize: size.default(16),
  heldOutSequences: count.max(2 ** 20).default(256),
  model: model.prefault({}),
  /** A recurrent run whose weights this one begins with, but for what belongs to its vocabulary. */
  transfer: z.strictObject({ from: z.string() }).nullish(),
  /** Teacher and cell together, in parallel over time. */
  smt: smt.nullish(),
  /** The network on its own memories, after SMT. */
  dmt: dmt.nullish(),
  /** In place of both: the same network, unrolled. */
  bptt: bptt.nullish(),
  /** What the finished network is judged by, on its own from its initial state. */
  rollout: z
    .strictObject({
      /** Tokens read; by default those of a training sequence. */
      length: size.optional(),
      sequences: count.max(2 ** 16).default(64),
    })
    .prefault({}),
  checkpoint: checkpointSchema.prefault({}),
  engine: engineSchema.prefault({}),
});

/** A recipe as written: all but kind, name, task and algorithm has a default. */
export type RecurrentInput = z.input<typeof recipeSchema>;
/** A recipe with all defaults filled in. */
export type RecurrentRecipe = z.output<typeof recipeSchema>;
export type SmtRecipe = NonNullable<RecurrentRecipe['smt']>;
export type DmtRecipe = NonNullable<RecurrentRecipe['dmt']>;
export type BpttRecipe = NonNullable<RecurrentRecipe['bptt']>;

/** The stages of a run, in their order. */
export const RECURRENT_STAGES = ['smt', 'dmt', 'bptt'] as const;
export type RecurrentStage = (typeof RECURRENT_STAGES)[number];
/** What readers call them. */
export const STAGE_NAMES = { smt: 'SMT', dmt: 'DMT', bptt: 'BPTT' } as const;

/** Whether a loaded file is a recipe of this kind. */
export function isRecurrentInput(value: unknown): boolean {
  return (value as { kind?: unknown } | null)?.kind === 'recurrent';
}

/** The stages that a recipe asks for. */
export function stagesOf(recipe: RecurrentRecipe): RecurrentStage[] {
  return RECURRENT_STAGES.filter((stage) => recipe[stage]);
}

/**
 * Checks a recipe and fills in the defaults.
 *
 * @param origin where it comes from, for messages
 * @throws UserError naming the first fault, its place, and for a misspelt key the nearest known one
 */
export function parseRecurrentRecipe(value: unknown, origin: string): RecurrentRecipe {
  const result = recipeSchema.safeParse(value);
  if (!result.success) {
    throw explainIssue(result.error.issues[0]!, value, recurrentJsonSchema(), {
      origin,
      what: 'the recipe',
    });
  }
  const recipe = result.data;
  if (!recipe.smt === !recipe.bptt) {
    const both = recipe.smt ? 'both smt and bptt' : 'neither smt nor bptt';
    throw new UserError(`${origin}: the recipe has ${both}`, {
      hint: 'give one of them: "smt": {} (and "dmt": {}) or "bptt": {}',
    });
  }
  if (recipe.dmt && !recipe.smt) {
    throw new UserError(`${origin}: dmt comes after smt, and the recipe has no smt`, {
      hint: 'give both, or bptt alone',
    });
  }
  return recipe;
}

/** The JSON schema of these recipes, for editors. */
export function recurrentJsonSchema(): object {
  return z.toJSONSchema(recipeSchema, { io: 'input' });
}
