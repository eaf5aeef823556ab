// The results of a run in numbers, computed from its files on request.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { meetsRequirement } from '../eval/index.ts';
import { readCheckedJson } from '../files/checked-json.ts';
import { readJsonFile, writeJsonAtomic } from '../files/json.ts';
import type * as run from '../run/experiment.ts';
import { type MetricsRow, readMetrics } from '../run/metrics.ts';
import { nullableNumber as number } from '../run/nullable-number.ts';
import { runPaths } from '../run/run-folder.ts';
import { hasText, readTextInfo } from './data/prepare-text.ts';
import { gateResultSchema, readGateOfAnyAge } from './gate-record.ts';
import type { RolloutMeasures } from './measure-rollout.ts';
import type { NgramBaselines } from './ngram-losses.ts';
import { readRecipe } from './read-recipe.ts';
import { listStages, type Recipe, type ResolvedStage, startOf } from './recipe.ts';
import type { Registries } from './registries.ts';
import { hasFinished } from './stage-state.ts';
import { readStartRecord } from './start-record.ts';
import {
  baselinesPath,
  dataFolder,
  gatePath,
  rolloutPath,
  startGatePath,
  TRAINING,
} from './training-folder.ts';

/** What a stage started from: a model from elsewhere, or an earlier stage. */
export type StageStart = run.StageStart & {
  /** Of a source that comes with the package. */
  readonly shipped: {
    readonly name: string;
    readonly description: string;
    readonly commit: string | null;
    readonly sha256: string;
    readonly recipe: unknown;
  } | null;
};

export type StageSummary = run.StageSummary & {
  readonly finished: boolean;
  readonly start: StageStart | null;
};

export type TrainingSummary = Omit<run.RunSummary, 'stages'> & {
  readonly kind: typeof TRAINING;
  readonly name: string;
  readonly stages: readonly StageSummary[];
  readonly baselines: NgramBaselines | null;
  readonly rollout: RolloutMeasures | null;
};

/**
 * Sums up a run, finished or not.
 *
 * @throws UserError if its files are damaged
 */
export function summarizeTraining(
  directory: string,
  registries: Registries,
  { seconds }: { readonly seconds?: number } = {},
): TrainingSummary {
  const paths = runPaths(directory);
  const recipe = readRecipe(paths, registries);
  const rows = readMetrics(paths.metrics);
  const before: Progress = { step: 0, seconds: 0, depth: 0 };
  const stages = listStages(recipe).map((stage) => {
    const own = rows.filter((row) => row.stage === stage.name);
    return summarizeStage(directory, recipe, stage, own, before);
  });
  const elapsed = rows.findLast((row) => typeof row.elapsedSeconds === 'number')?.elapsedSeconds;
  return {
    kind: TRAINING,
    name: recipe.name,
    seed: recipe.seed,
    stages,
    baselines: readIfThere(baselinesPath(directory), baselinesSchema) as NgramBaselines | null,
    rollout: readIfThere(rolloutPath(directory), rolloutSchema) as RolloutMeasures | null,
    seconds: seconds ?? (elapsed as number | undefined) ?? 0,
  };
}

type Progress = { step: number; seconds: number; depth: number | null };

/** Sums up the rows of a stage; `before` is moved on to its end. */
function summarizeStage(
  directory: string,
  recipe: Recipe,
  stage: ResolvedStage,
  rows: readonly MetricsRow[],
  before: Progress,
): StageSummary {
  const { name } = stage;
  const parameters = numberOf(rows[0]?.parameters);
  const depth = numberOf(rows[0]?.depth);
  const peakBytes = numberOf(rows[0]?.peakBytes);
  const began = { ...before };
  const curve: run.CurvePoint[] = [];
  const times: number[] = [];
  let tokens = 0;
  for (const row of rows) {
    if (typeof row.tokens === 'number') tokens = row.tokens;
    if (typeof row.stepMs === 'number') {
      times.push(row.stepMs);
      before.seconds += row.stepMs / 1000;
      before.step = began.step + row.step;
      before.depth = depth === null || began.depth === null ? null : began.depth + row.step * depth;
    }
    if (!('heldOutLoss' in row)) continue;
    curve.push({
      step: row.step,
      tokens,
      totalSteps: before.step,
      seconds: before.seconds,
      depth: before.depth,
      loss: numberOf(row.heldOutLoss),
      measures: readNumbers(row.measures),
    });
  }
  const finished = hasFinished(directory, name);
  const loss = finished ? (curve.at(-1)?.loss ?? null) : null;
  const gate = gatePath(directory, name);
  const start = summarizeStart(directory, recipe, name);
  return {
    name,
    algorithm: stage.algorithm.kind,
    data: stage.data.kind,
    steps: rows.at(-1)?.step ?? 0,
    tokens,
    finished,
    parameters,
    depth,
    ...(peakBytes === null ? {} : { peakBytes }),
    stepMs: median(times),
    loss,
    bitsPerByte: bitsPerByte(directory, stage, loss),
    measures: curve.at(-1)?.measures ?? {},
    curve,
    gradients: summarizeGradients(rows),
    drift: summarizeDrift(rows),
    gate: existsSync(gate) ? readGateOfAnyAge(gate) : null,
    start,
    refused:
      rows.length === 0 && start?.gate != null && !meetsRequirement(start.gate, stage.requireGate),
  };
}

function summarizeStart(directory: string, recipe: Recipe, stage: string): StageStart | null {
  const start = startOf(recipe, stage);
  if (start === null) return null;
  const isOwn = Object.hasOwn(recipe.stages, start.from);
  const file = isOwn ? gatePath(directory, start.from) : startGatePath(directory, stage);
  const gate = existsSync(file) ? readGateOfAnyAge(file) : null;
  const record = isOwn ? null : readStartRecord(directory, stage);
  const shipped = record?.shipped ?? null;
  return {
    from: start.from,
    gate,
    tokens: record?.tokens ?? null,
    shipped: shipped && {
      name: shipped.name,
      description: shipped.description,
      commit: shipped.commit,
      sha256: record!.weights,
      recipe: shipped.recipe,
    },
  };
}

/** For text: converts a loss in nats per token to bits per byte of the held-out text. */
function bitsPerByte(
  directory: string,
  { name, sharesData }: ResolvedStage,
  loss: number | null,
): number | null {
  if (loss === null) return null;
  const folder = dataFolder(directory, sharesData ? null : name);
  if (!hasText(folder)) return null;
  const info = readTextInfo(folder);
  return (loss * info.validationTokens) / (Math.LN2 * info.validationBytes);
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** In an edited row, values that are not numbers are left out. */
function readNumbers(value: unknown): run.NamedNumbers {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter(([, one]) => one === null || typeof one === 'number'));
}

/** A series of a row, null where it has none of the name; in an edited row, what is not a number is missing. */
function seriesOf(row: MetricsRow | undefined, name: string): (number | null)[] | null {
  const all = row?.series;
  if (typeof all !== 'object' || all === null || Array.isArray(all)) return null;
  const values: unknown = (all as { readonly [name: string]: unknown })[name];
  return Array.isArray(values) ? values.map(numberOf) : null;
}

/**
 * Gradients of the rows that have them, as `memoryGradients`. In a series with one entry per token, entry n belongs to the memory
 * after n + 1 tokens; with one more entry, the first belongs to the initial memory.
 */
function summarizeGradients(rows: readonly MetricsRow[]): StageSummary['gradients'] {
  const time = rows.flatMap((row) => seriesOf(row, 'rolledOutLoss')?.length ?? [])[0];
  const found = rows.flatMap((row) => {
    const norms = seriesOf(row, 'memoryGradients');
    return norms ? [{ step: row.step, norms }] : [];
  });
  if (found.length === 0) return null;
  const last = rows.at(-1)!.step;
  const count = found[0]!.norms.length;
  const length = time ?? count;
  const points = (chosen: readonly { norms: readonly (number | null)[] }[]): run.SeriesPoint[] =>
    found[0]!.norms.flatMap((_, i): run.SeriesPoint[] => {
      const values = chosen.flatMap(({ norms }) => norms[i] ?? []);
      const tokens = i + 1 - (count - length);
      const total = values.reduce((a, b) => a + b, 0);
      return values.length === 0 ? [] : [[length - tokens, total / values.length]];
    });
  return {
    first: points(found.slice(0, 1)),
    late: points(found.filter(({ step }) => step * 2 >= last)),
  };
}

function summarizeDrift(rows: readonly MetricsRow[]): run.SeriesPoint[] | null {
  const row = rows.findLast(({ measures }) => measures !== undefined);
  const drift = seriesOf(row, 'drift');
  if (drift === null) return null;
  return drift.flatMap((value, t): run.SeriesPoint[] => (value === null ? [] : [[t + 1, value]]));
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
const numbers = z.record(z.string(), number);
const stageSchema = z.looseObject({
  name: z.string(),
  algorithm: z.string(),
  data: z.string(),
  steps: z.int(),
  tokens: z.number(),
  finished: z.boolean(),
  parameters: number,
  depth: number,
  stepMs: number,
  loss: number,
  bitsPerByte: number,
  measures: numbers,
  curve: z.array(
    z.looseObject({
      step: z.number(),
      tokens: z.number(),
      totalSteps: z.number(),
      seconds: z.number(),
      depth: number,
      loss: number,
      measures: numbers,
    }),
  ),
  gradients: z.looseObject({ first: z.array(point), late: z.array(point) }).nullable(),
  drift: z.array(point).nullable(),
  gate: gateResultSchema.nullable(),
  start: z
    .looseObject({
      from: z.string(),
      tokens: number,
      gate: gateResultSchema.nullable(),
      shipped: z
        .looseObject({
          name: z.string(),
          description: z.string(),
          commit: z.string().nullable(),
          sha256: z.string(),
        })
        .nullable(),
    })
    .nullable(),
  refused: z.boolean(),
});

const summarySchema = z.looseObject({
  kind: z.literal(TRAINING),
  name: z.string(),
  seed: z.int(),
  stages: z.array(stageSchema),
  baselines: baselinesSchema.nullable(),
  rollout: rolloutSchema.nullable(),
  seconds: number,
});

/**
 * The summary that a finished run left.
 *
 * @throws UserError if the file is damaged
 */
export function readTrainingSummary(file: string): TrainingSummary {
  const summary = readCheckedJson(file, summarySchema, 'the summary of a run');
  return summary as unknown as TrainingSummary;
}

function readIfThere<T>(file: string, schema: z.ZodType<T>): T | null {
  return existsSync(file) ? readCheckedJson(file, schema, 'what a run measured') : null;
}

/** Writes the summary of a finished run again, if its inputs have changed. */
export function renewSummary(directory: string, registries: Registries): void {
  const { summary } = runPaths(directory);
  if (!existsSync(summary)) return;
  const { seconds } = Object(readJsonFile(summary)) as { seconds?: number };
  writeJsonAtomic(
    summary,
    summarizeTraining(directory, registries, seconds === undefined ? {} : { seconds }),
  );
}
