// Runs in pairs of one seed: differences with their intervals and p values, speed-ups, and gaps over training.

import { confidenceInterval95, mean, standardDeviation } from '../core/index.ts';
import type { RunSummary } from '../run/experiment.ts';
import { measureSpeedUp } from './measure-speed-up.ts';
import { findStage, measureRun } from './metric.ts';
import type { Comparison } from './statistics.ts';
import type { Metric } from './study-schema.ts';

/** A mean over seeds with its 95 % interval (Student's t); null for a single seed. */
export type Estimate = {
  readonly mean: number;
  readonly interval: readonly [number, number] | null;
  /** Standard deviation over seeds; null for a single one. */
  readonly spread: number | null;
  /** One per seed, in their order. */
  readonly values: readonly number[];
};

/** The mean of a cell over the seeds that have a value. */
export type CellMean = Estimate & {
  /** Seeds whose runs have ended, those without a value too. */
  readonly of: number;
};

/** How much sooner a cell reaches the baseline's final loss; if there is no mean, why, and for how many seeds. */
export type SpeedUp =
  | Estimate
  | {
      /** `at once`: it starts below that loss; `never`: it does not reach it. */
      readonly reason: 'at once' | 'never';
      readonly seeds: number;
      readonly of: number;
    };

/** A difference of two cells over paired seeds. Values that need several pairs are null for a single one. */
export type Difference = Estimate & {
  /** Like `interval`, but with 95 % confidence the intervals of all comparisons of the study hold at once. */
  readonly familyInterval: readonly [number, number] | null;
  /** Of the two-sided paired t-test. */
  readonly p: number | null;
  /** `p` adjusted by Holm for all comparisons of the study. */
  readonly adjustedP: number | null;
};

/** Two runs of one seed. */
export type Pair = { readonly one: RunSummary; readonly other: RunSummary };

export function pairRuns(runs: readonly RunSummary[], others: readonly RunSummary[]): Pair[] {
  return runs.flatMap((one) => {
    const other = others.find(({ seed }) => seed === one.seed);
    return other ? [{ one, other }] : [];
  });
}

/** The result of comparing several seeds, or the pair of a single one; null if there is none. */
export function describeDifference(
  comparison: Comparison | null,
  pairs: readonly Pair[],
  metric: Metric,
): Difference | null {
  if (comparison !== null && 'values' in comparison) {
    const { mean, interval, familyInterval, values, p, adjustedP } = comparison;
    return {
      mean,
      interval,
      familyInterval,
      values,
      p,
      adjustedP,
      spread: standardDeviation(values),
    };
  }
  const values = pairs.flatMap(({ one, other }) => {
    const [a, b] = [measureRun(one, metric), measureRun(other, metric)];
    return a === null || b === null ? [] : [a - b];
  });
  const single = estimate(values);
  return single && { ...single, familyInterval: null, p: null, adjustedP: null };
}

/**
 * The second run's tokens divided by those at which the first one reaches its final loss. If a pair does not reach it, a mean over
 * the others would only represent the fast ones, so there is none. Null if there is no pair, or no loss.
 *
 * @param extraTokens tokens that the first one saw before, counted as its own
 */
export function estimateSpeedUp(
  pairs: readonly Pair[],
  metric: Metric,
  extraTokens: number,
): SpeedUp | null {
  const found = pairs.map(({ one, other }) =>
    measureSpeedUp(lossCurve(one, metric), lossCurve(other, metric), extraTokens),
  );
  for (const reason of ['never', 'at once'] as const) {
    const seeds = found.filter((value) => value === reason).length;
    if (seeds > 0) return { reason, seeds, of: pairs.length };
  }
  const values = found.filter((value) => typeof value === 'number');
  return values.length === found.length ? estimate(values) : null;
}

function lossCurve(summary: RunSummary, metric: Metric): [tokens: number, loss: number | null][] {
  const stage = findStage(summary, metric);
  return (stage?.curve ?? []).map(({ tokens, loss }) => [tokens, loss]);
}

/** Differences at every number of tokens that both runs of a pair were evaluated at. */
export function estimateGap(
  pairs: readonly Pair[],
  metric: Metric,
): (Estimate & { readonly tokens: number })[] {
  const byTokens = new Map<number, number[]>();
  for (const { one, other } of pairs) {
    const reference = new Map(lossCurve(other, metric));
    for (const [tokens, loss] of lossCurve(one, metric)) {
      const there = reference.get(tokens);
      if (there == null || loss === null) continue;
      byTokens.set(tokens, [...(byTokens.get(tokens) ?? []), loss - there]);
    }
  }
  return [...byTokens]
    .sort(([a], [b]) => a - b)
    .map(([tokens, gaps]) => ({ tokens, ...estimate(gaps)! }));
}

/** The mean of the known values, with the number that was asked for. */
export function estimateKnown(values: readonly (number | null)[]): CellMean | null {
  const found = estimate(values.filter((value) => value !== null));
  return found && { ...found, of: values.length };
}

function estimate(values: readonly number[]): Estimate | null {
  if (values.length === 0) return null;
  return {
    mean: mean(values),
    interval: confidenceInterval95(values),
    values,
    spread: values.length < 2 ? null : standardDeviation(values),
  };
}
