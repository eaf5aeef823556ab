// Runs in pairs of one seed: differences with their intervals and p values, speed-ups, and gaps over training.

import {
  adjustHolm,
  confidenceInterval95,
  mean,
  pairedTTestP,
  standardDeviation,
} from '../core/index.ts';
import { measureSpeedUp } from '../run/compare-arms.ts';
import type { RunSummary } from '../run/experiment.ts';
import { findStage, measureRun } from './metric.ts';
import type { Metric } from './study-schema.ts';

/** A mean over seeds with its 95 % interval (Student's t); null for a single seed. */
export type Estimate = {
  readonly mean: number;
  readonly interval: readonly [number, number] | null;
  /** Standard deviation over seeds; null for a single one. */
  readonly spread: number | null;
  /** One a seed, in their order. */
  readonly values: readonly number[];
};

/** A difference of two cells over paired seeds. */
export type Difference = Estimate & {
  /** Of the two-sided paired t-test; null for a single pair. */
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

/** The differences of pairs; the p value is adjusted when all comparisons are known. */
export function comparePairs(pairs: readonly Pair[], metric: Metric): Difference | null {
  const differences = pairs.flatMap(({ one, other }) => {
    const [a, b] = [measureRun(one, metric), measureRun(other, metric)];
    return a === null || b === null ? [] : [a - b];
  });
  const estimated = estimate(differences);
  return estimated && { ...estimated, p: pairedTTestP(differences), adjustedP: null };
}

type Compared = { readonly difference: Difference | null };

/**
 * Adjusts the p values of all comparisons for each other.
 *
 * @returns both lists with their adjusted values, and how many there are
 */
export function adjustComparisons<A extends Compared, B extends Compared>(
  cells: readonly A[],
  contrasts: readonly B[],
): { cells: A[]; contrasts: B[]; comparisons: number } {
  const family = [...cells, ...contrasts].flatMap(({ difference }) =>
    difference !== null && difference.p !== null ? [difference] : [],
  );
  const values = adjustHolm(family.map(({ p }) => p!));
  const adjusted = new Map(family.map((difference, i) => [difference, values[i]!]));
  const adjust = <T extends Compared>(entry: T): T => {
    const { difference } = entry;
    if (difference === null) return entry;
    return { ...entry, difference: { ...difference, adjustedP: adjusted.get(difference) ?? null } };
  };
  return {
    cells: cells.map(adjust),
    contrasts: contrasts.map(adjust),
    comparisons: family.length,
  };
}

/**
 * The second run's tokens by those at which the first one reaches its final loss; null unless every pair gets there.
 *
 * @param extraTokens tokens that the first one saw before, counted as its own
 */
export function estimateSpeedUp(
  pairs: readonly Pair[],
  metric: Metric,
  extraTokens: number,
): Estimate | null {
  return estimateAll(
    pairs.map(({ one, other }) =>
      measureSpeedUp(lossCurve(one, metric), lossCurve(other, metric), extraTokens),
    ),
  );
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

/** Where a pair does not get there, no mean over the others stands for all. */
export function estimateAll(values: readonly (number | null)[]): Estimate | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? estimate(known) : null;
}

function estimate(values: readonly number[]): Estimate | null {
  if (values.length === 0) return null;
  return {
    ...{ mean: mean(values), interval: confidenceInterval95(values), values },
    spread: values.length < 2 ? null : standardDeviation(values),
  };
}
