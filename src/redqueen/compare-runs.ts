// Several runs side by side: generality by round with intervals and a logarithmic fit, convergence of phenotypes, cycles.

import { confidenceInterval95, linearFit, mean } from '../core/index.ts';
import type { GeneralityRecord } from './generality-file.ts';

type MeasuredRun = {
  /** Runs of one group differ in their seed only: see `groupRuns`. */
  readonly group: string;
  readonly record: GeneralityRecord;
};

export type GroupComparison = {
  readonly group: string;
  readonly runs: number;
  /** By round, from 1: means over runs, 95 % intervals where there are two or more, cut at 0 and 1. */
  readonly generality: readonly {
    readonly round: number;
    readonly mean: number;
    readonly interval: readonly [number, number] | null;
  }[];
  /** Generality as `intercept + slope * ln(round)`, fitted to the means; null with fewer than three rounds. */
  readonly fit: { readonly intercept: number; readonly slope: number; readonly r2: number } | null;
  /** By round: variance of the champions' results over runs, a mean over opponents; null for one run. */
  readonly phenotypeVariance: readonly (number | null)[];
  /** Mean number of cycles among a run's champions, and the share of triples that are cycles. */
  readonly cycles: number;
  readonly cycleShare: number;
  /** Difference of generality between last and first round: mean and 95 % interval over runs, cut at -1 and 1. */
  readonly gain: { readonly mean: number; readonly interval: readonly [number, number] | null };
};

export type Comparison = {
  readonly groups: readonly GroupComparison[];
  /** Whether all runs were measured alike: same opponents, rounds and placements. */
  readonly comparable: boolean;
};

/** Compares runs by group; rounds that not all runs of a group have are left out. */
export function compareRuns(runs: readonly MeasuredRun[]): Comparison {
  const names = [...new Set(runs.map(({ group }) => group))];
  const frames = new Set(
    runs.map(({ record: { opponents, rounds, seed } }) =>
      JSON.stringify([opponents, rounds, seed]),
    ),
  );
  return {
    groups: names.map((group) =>
      compareGroup(
        group,
        runs.filter((run) => run.group === group).map(({ record }) => record),
      ),
    ),
    comparable: frames.size <= 1,
  };
}

function compareGroup(group: string, records: readonly GeneralityRecord[]): GroupComparison {
  const rounds = Math.min(...records.map(({ champions }) => champions.length));
  const generality = Array.from({ length: rounds }, (_, i) => {
    const values = records.map(({ champions }) => champions[i]!.generality);
    const interval = cutInterval(confidenceInterval95(values), 0, 1);
    return { round: i + 1, mean: mean(values), interval };
  });
  const gains = records.map(
    ({ champions }) => champions[rounds - 1]!.generality - champions[0]!.generality,
  );
  const cycles = mean(records.map((record) => record.cycles));
  const triples = mean(records.map(({ champions: { length: n } }) => (n * (n - 1) * (n - 2)) / 6));
  return {
    group,
    runs: records.length,
    generality,
    fit: fitLogarithm(generality),
    phenotypeVariance: Array.from({ length: rounds }, (_, i) =>
      measurePhenotypeVariance(records.map(({ champions }) => champions[i]!.scores)),
    ),
    cycles,
    cycleShare: triples > 0 ? cycles / triples : 0,
    gain: { mean: mean(gains), interval: cutInterval(confidenceInterval95(gains), -1, 1) },
  };
}

/** Student's t knows nothing of what is possible: few runs give intervals that reach beyond. */
function cutInterval(
  interval: readonly [number, number] | null,
  least: number,
  most: number,
): [number, number] | null {
  return interval && [Math.max(least, interval[0]), Math.min(most, interval[1])];
}

function fitLogarithm(points: GroupComparison['generality']): GroupComparison['fit'] {
  if (points.length < 3) return null;
  const x = points.map(({ round }) => Math.log(round));
  const y = points.map((point) => point.mean);
  const { slope, intercept } = linearFit(x, y);
  const total = y.reduce((sum, value) => sum + (value - mean(y)) ** 2, 0);
  const rest = y.reduce((sum, value, i) => sum + (value - intercept - slope * x[i]!) ** 2, 0);
  return { intercept, slope, r2: total === 0 ? 1 : 1 - rest / total };
}

/**
 * Variance over independent runs of a phenotype, the vector of scores against each opponent: the sample variance of every
 * component, averaged. null for fewer than two runs.
 *
 * Source: Digital Red Queen, arXiv 2601.03335 (convergence of phenotypes).
 */
export function measurePhenotypeVariance(
  phenotypes: readonly (readonly number[])[],
): number | null {
  if (phenotypes.length < 2) return null;
  const length = Math.min(...phenotypes.map((own) => own.length));
  const variances = Array.from({ length }, (_, i) => {
    const values = phenotypes.map((own) => own[i]!);
    const center = mean(values);
    return values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1);
  });
  return mean(variances);
}
