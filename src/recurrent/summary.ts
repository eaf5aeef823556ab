// What a recurrent run found, in numbers: made anew from its files whenever it is asked for.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { readCheckedJson } from '../files/checked-json.ts';
import { type MetricsRow, readMetrics } from '../run/metrics.ts';
import { nullableNumber as number } from '../run/nullable-number.ts';
import { runPaths } from '../run/run-folder.ts';
import type { RolloutMeasures } from './measure-rollout.ts';
import type { NgramBaselines } from './ngram-losses.ts';
import { RECURRENT_STAGES, type RecurrentStage } from './recipe.ts';
import { baselinesPath, readRecurrentRecipe, rolloutPath } from './recurrent-folder.ts';

/** Numbers by name at the end of a stage: see `measureMemories`. */
export type StageMeasures = Readonly<Record<string, number | null>>;

/** A point of a stage's held-out curve, with what it took to get there. */
export type CurvePoint = {
  /** Optimizer steps of the run, earlier stages included. */
  readonly step: number;
  /** Time in optimizer steps, seconds. */
  readonly seconds: number;
  /** Sequential depth of all steps so far, operations. */
  readonly depth: number;
  readonly loss: number;
  /** Of the network on its own; null where the learner does not tell. */
  readonly rolledOutLoss: number | null;
  readonly rolledOutAccuracy: number | null;
};

export type StageSummary = {
  readonly stage: RecurrentStage;
  readonly steps: number;
  /** Numbers that a step trains. */
  readonly parameters: number;
  /** Sequential depth of one step. */
  readonly depth: number;
  /** Median time of a step, milliseconds. */
  readonly stepMs: number | null;
  readonly measures: StageMeasures;
  readonly curve: readonly CurvePoint[];
  /**
   * By distance, the tokens that a sequence still has after a memory: the norm of the gradient of a sequence's loss with
   * regard to that memory, at the first step and as a mean over the second half of training. None for DMT.
   */
  readonly gradients: {
    readonly first: readonly SeriesPoint[];
    readonly late: readonly SeriesPoint[];
  } | null;
  /** By tokens read: mean squared difference of the network's own memory to the teacher's, at the end of the stage. */
  readonly drift: readonly SeriesPoint[] | null;
};

export type SeriesPoint = readonly [x: number, y: number];

export type RecurrentSummary = {
  readonly kind: 'recurrent';
  readonly name: string;
  readonly seed: number;
  readonly stages: readonly StageSummary[];
  readonly baselines: NgramBaselines | null;
  readonly rollout: RolloutMeasures | null;
  readonly seconds: number;
};

/** Sums up a run, finished or not. Throws UserError where its files are damaged. */
export function summarizeRecurrent(directory: string, seconds?: number): RecurrentSummary {
  const recipe = readRecurrentRecipe(directory);
  const rows = readMetrics(runPaths(directory).metrics);
  const stages: StageSummary[] = [];
  const before = { step: 0, seconds: 0, depth: 0 };
  for (const stage of RECURRENT_STAGES) {
    const own = rows.filter((row) => row.stage === stage);
    if (own.length > 0) stages.push(summarizeStage(stage, own, before));
  }
  const elapsed = rows.findLast((row) => typeof row.elapsed === 'number')?.elapsed as number;
  return {
    ...{ kind: 'recurrent', name: recipe.name, seed: recipe.seed, stages },
    baselines: readIfThere(baselinesPath(directory), baselinesSchema) as NgramBaselines | null,
    rollout: readIfThere(rolloutPath(directory), rolloutSchema) as RolloutMeasures | null,
    seconds: seconds ?? elapsed ?? 0,
  };
}

/** Sums up the rows of a stage; `before` is moved on to its end. */
function summarizeStage(
  stage: RecurrentStage,
  rows: readonly MetricsRow[],
  before: { step: number; seconds: number; depth: number },
): StageSummary {
  const first = rows[0]!;
  const depth = Number(first.depth);
  const start = { ...before };
  const curve: CurvePoint[] = [];
  const times: number[] = [];
  let measures: StageMeasures = {};
  for (const row of rows) {
    if (typeof row.stepMs === 'number') {
      times.push(row.stepMs);
      before.seconds += row.stepMs / 1000;
      before.step = start.step + row.step;
      before.depth = start.depth + row.step * depth;
    }
    if (typeof row.heldOutLoss !== 'number') continue;
    measures = readMeasures(row.measures);
    curve.push({
      ...before,
      loss: row.heldOutLoss,
      rolledOutLoss: measures.rolledOutLoss ?? null,
      rolledOutAccuracy: measures.rolledOutAccuracy ?? null,
    });
  }
  return {
    ...{ stage, steps: rows.at(-1)!.step, parameters: Number(first.parameters), depth },
    ...{ stepMs: median(times), measures, curve },
    ...{ gradients: summarizeGradients(stage, rows), drift: summarizeDrift(rows) },
  };
}

/** Of a row that somebody has edited, what is no number is left out. */
function readMeasures(value: unknown): StageMeasures {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter(([, one]) => one === null || typeof one === 'number'));
}

type Series = { readonly [name: string]: readonly (number | null)[] | undefined };

/** Gradients of the rows that have them; SMT tells of the memory after no token too. */
function summarizeGradients(
  stage: RecurrentStage,
  rows: readonly MetricsRow[],
): StageSummary['gradients'] {
  const found = rows.flatMap((row) => {
    const norms = (row.series as Series | undefined)?.memoryGradients;
    return Array.isArray(norms) ? [{ step: row.step, norms }] : [];
  });
  if (found.length === 0) return null;
  const last = rows.at(-1)!.step;
  const points = (chosen: readonly { norms: readonly (number | null)[] }[]): SeriesPoint[] =>
    found[0]!.norms.flatMap((_, i): SeriesPoint[] => {
      const values = chosen.flatMap(({ norms }) => norms[i] ?? []);
      const tokens = stage === 'smt' ? i : i + 1;
      const time = found[0]!.norms.length - (stage === 'smt' ? 1 : 0);
      const total = values.reduce((a, b) => a + b, 0);
      return values.length === 0 ? [] : [[time - tokens, total / values.length]];
    });
  return {
    first: points(found.slice(0, 1)),
    late: points(found.filter(({ step }) => step * 2 >= last)),
  };
}

function summarizeDrift(rows: readonly MetricsRow[]): SeriesPoint[] | null {
  const row = rows.findLast(({ measures }) => measures !== undefined);
  const drift = (row?.series as Series | undefined)?.drift;
  return Array.isArray(drift) ? drift.map((value, t) => [t + 1, value ?? 0]) : null;
}

function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}

const baselinesSchema = z.looseObject({
  unigramLoss: number,
  unigramAccuracy: number,
  bigramLoss: number,
  bigramAccuracy: number,
  lossBySequence: z.array(number),
});
const rolloutSchema = z.looseObject({
  length: z.int().positive(),
  sequences: z.int().positive(),
  loss: number,
  accuracy: number,
  lossBySequence: z.array(number),
  lossByPosition: z.array(number),
  slopeFrom: number,
  slope: number,
  slopeInterval: z.tuple([number, number]).nullable(),
});

const point = z.tuple([z.number(), number]);
const summarySchema = z.looseObject({
  kind: z.literal('recurrent'),
  name: z.string(),
  seed: z.int(),
  stages: z.array(
    z.looseObject({
      stage: z.enum(RECURRENT_STAGES),
      steps: z.int(),
      parameters: number,
      depth: number,
      stepMs: number,
      measures: z.record(z.string(), number),
      curve: z.array(
        z.looseObject({
          ...{ step: z.number(), seconds: z.number(), depth: number, loss: number },
          ...{ rolledOutLoss: number, rolledOutAccuracy: number },
        }),
      ),
      gradients: z.looseObject({ first: z.array(point), late: z.array(point) }).nullable(),
      drift: z.array(point).nullable(),
    }),
  ),
  baselines: baselinesSchema.nullable(),
  rollout: rolloutSchema.nullable(),
  seconds: number,
});

/**
 * The summary that a finished run left.
 *
 * @throws UserError where the file is damaged
 */
export function readRecurrentSummary(file: string): RecurrentSummary {
  const summary = readCheckedJson(file, summarySchema, 'the summary of a recurrent run');
  return summary as unknown as RecurrentSummary;
}

function readIfThere<T>(file: string, schema: z.ZodType<T>): T | null {
  return existsSync(file) ? readCheckedJson(file, schema, 'what a run measured') : null;
}
