// Means over the seeds of a cell, for its stages and its curve over training.

import { mean } from '../core/index.ts';
import type { NamedNumbers, RunSummary, SeriesPoint, StageSummary } from '../run/experiment.ts';

/** A stage over seeds. */
export type CellStage = Pick<
  StageSummary,
  | 'name'
  | 'algorithm'
  | 'data'
  | 'steps'
  | 'tokens'
  | 'parameters'
  | 'depth'
  | 'gradients'
  | 'drift'
> & {
  /** Median over seeds of a step's median time, milliseconds. */
  readonly stepMs: number | null;
  readonly loss: number | null;
  readonly measures: NamedNumbers;
};

/** A point of a cell's held-out curve: the cost since the beginning of the run, and the loss. */
export type CellPoint = {
  readonly stage: string;
  readonly step: number;
  readonly tokens: number;
  readonly totalSteps: number;
  readonly seconds: number;
  readonly depth: number | null;
  readonly loss: number | null;
  readonly measures: NamedNumbers;
};

export function averageStages(runs: readonly RunSummary[]): CellStage[] {
  return (runs[0]?.stages ?? []).map((first) => {
    const all = runs.flatMap(({ stages }) => stages.find(({ name }) => name === first.name) ?? []);
    const { name, algorithm, data, steps, tokens, parameters, depth } = first;
    const gradients = all.flatMap((stage) => stage.gradients ?? []);
    const drift = all.flatMap((stage) => (stage.drift ? [stage.drift] : []));
    return {
      name,
      algorithm,
      data,
      steps,
      tokens,
      parameters,
      depth,
      stepMs: median(all.flatMap(({ stepMs }) => stepMs ?? [])),
      loss: meanOf(all.map(({ loss }) => loss)),
      measures: averageNumbers(all.map(({ measures }) => measures)),
      gradients:
        gradients.length === 0
          ? null
          : {
              first: averagePoints(gradients.map((one) => one.first)),
              late: averagePoints(gradients.map((one) => one.late)),
            },
      drift: drift.length === 0 ? null : averagePoints(drift),
    };
  });
}

/** At the points of the first run that every run has. */
export function averageCurve(runs: readonly RunSummary[]): CellPoint[] {
  return (runs[0]?.stages ?? []).flatMap(({ name: stage }) => {
    const curves = runs.map(({ stages }) => stages.find(({ name }) => name === stage)?.curve ?? []);
    return curves[0]!.flatMap(({ step, tokens, totalSteps, depth }) => {
      const points = curves.flatMap((curve) => curve.find((point) => point.step === step) ?? []);
      if (points.length < runs.length) return [];
      return [
        {
          stage,
          step,
          tokens,
          totalSteps,
          depth,
          seconds: mean(points.map(({ seconds }) => seconds)),
          loss: meanOf(points.map(({ loss }) => loss)),
          measures: averageNumbers(points.map(({ measures }) => measures)),
        },
      ];
    });
  });
}

/** Means of the numbers of the first one; null if one of them is not known. */
function averageNumbers(all: readonly NamedNumbers[]): NamedNumbers {
  return Object.fromEntries(
    Object.keys(all[0] ?? {}).map((name) => [name, meanOf(all.map((one) => one[name] ?? null))]),
  );
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 || known.length < values.length ? null : mean(known);
}

function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}

/** Means of y by x. */
function averagePoints(series: readonly (readonly SeriesPoint[])[]): SeriesPoint[] {
  const byX = new Map<number, number[]>();
  for (const [x, y] of series.flat()) byX.set(x, [...(byX.get(x) ?? []), y]);
  return [...byX].map(([x, values]) => [x, mean(values)]);
}
