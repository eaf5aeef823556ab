// Statistics of a study's runs: arms in pairs of one seed, with corrections for chance.

import {
  adjustHolm,
  confidenceInterval,
  mean,
  pairedTTestP,
  plural,
  standardDeviation,
} from '../core/index.ts';

/** The result of an arm's run under a seed: `diverged` if its loss was not finite. */
export type SeedResult = { readonly seed: number; readonly value: number | 'diverged' };

/** The finished runs of an arm, one per seed. */
export type ArmResults = { readonly name: string; readonly results: readonly SeedResult[] };

/** Statistics of one arm; diverged runs are counted, but enter no mean. */
export type ArmEstimate = {
  readonly name: string;
  /** Seeds with a value, in order. */
  readonly seeds: readonly number[];
  readonly diverged: readonly number[];
  /** Null if no run has a value. */
  readonly mean: number | null;
  /** Standard deviation over seeds (n − 1); null for fewer than two values. */
  readonly spread: number | null;
};

export function estimateArm({ name, results }: ArmResults): ArmEstimate {
  const values = valuesBySeed({ name, results });
  const seeds = [...values.keys()].sort((a, b) => a - b);
  const list = seeds.map((seed) => values.get(seed)!);
  return {
    name,
    seeds,
    diverged: results
      .map(({ seed }) => seed)
      .filter((seed) => !values.has(seed))
      .sort((a, b) => a - b),
    mean: list.length === 0 ? null : mean(list),
    spread: list.length < 2 ? null : standardDeviation(list),
  };
}

/** A difference of two arms over the seeds under which both have a value. */
export type Difference = {
  readonly arm: string;
  readonly against: string;
  /** The compared seeds, in order; at least two. */
  readonly seeds: readonly number[];
  /** `arm` minus `against`, seed by seed, in order of `seeds`. */
  readonly values: readonly number[];
  readonly mean: number;
  /** The 95 % interval of this difference by itself (Student's t). */
  readonly interval: readonly [low: number, high: number];
  /**
   * The interval of this difference in its family: with 95 % confidence all of them hold at once. Bonferroni's, each at
   * 1 − 0.05 / m for m comparisons (Dunn 1961, J. Am. Stat. Assoc. 56, 52). Holm's procedure rejects more than they do,
   * but the intervals that go with it say of what it rejects little more than the sign (Strassburger and Bretz 2008,
   * Stat. Med. 27, 4914): so a difference can be shown by `adjustedP` while this interval holds zero.
   */
  readonly familyInterval: readonly [low: number, high: number];
  /** Of the two-sided paired t-test; of the sign test where all values are equal. */
  readonly p: number;
  /** `p` adjusted by Holm for the family: below 0.05, the difference is shown, other comparisons counted. */
  readonly adjustedP: number;
  /** Comparisons in the family. */
  readonly comparisons: number;
};

/** Why two arms cannot be compared, in a sentence without its period. */
export type NoComparison = {
  readonly arm: string;
  readonly against: string;
  readonly refused: string;
};

export type Comparison = Difference | NoComparison;

/** The accepted chance of a false alarm in a family. */
export const LEVEL = 0.05;

/** Whether a difference is shown, all comparisons of its family counted. */
export function isShown(comparison: Comparison): comparison is Difference {
  return 'adjustedP' in comparison && comparison.adjustedP < LEVEL;
}

/**
 * Compares arms in pairs. All comparisons of one call, except refused ones, are the family for which p values and intervals are
 * adjusted.
 *
 * @param pairs arms, and what each is compared with
 */
export function compareArms(
  pairs: readonly (readonly [arm: ArmResults, against: ArmResults])[],
): Comparison[] {
  const paired = pairs.map(([arm, against]) => pairBySeed(arm, against));
  const tested = paired.filter((pair) => 'values' in pair);
  const p = tested.map(({ values }) => testPairs(values));
  const adjusted = adjustHolm(p);
  const comparisons = tested.length;
  return paired.map((pair) => {
    if (!('values' in pair)) return pair;
    const index = tested.indexOf(pair);
    return {
      ...pair,
      mean: mean(pair.values),
      interval: confidenceInterval(pair.values, LEVEL)!,
      familyInterval: confidenceInterval(pair.values, LEVEL / comparisons)!,
      p: p[index]!,
      adjustedP: adjusted[index]!,
      comparisons,
    };
  });
}

/**
 * Two-sided p value of a mean difference of zero. If all differences are equal, as those of accuracies can be, the t-test would be
 * certain, however few they are, so the sign test is used.
 */
function testPairs(values: readonly number[]): number {
  const [first] = values as [number];
  const isEqual = values.every((value) => Math.abs(value - first) <= 1e-12 * Math.abs(first));
  return isEqual && first !== 0 ? 2 ** (1 - values.length) : pairedTTestP(values)!;
}

type Paired = Pick<Difference, 'arm' | 'against' | 'seeds' | 'values'>;

function pairBySeed(arm: ArmResults, against: ArmResults): Paired | NoComparison {
  const names = { arm: arm.name, against: against.name };
  const [own, other] = [valuesBySeed(arm), valuesBySeed(against)];
  const seeds = [...own.keys()].filter((seed) => other.has(seed)).sort((a, b) => a - b);
  if (seeds.length >= 2) {
    return { ...names, seeds, values: seeds.map((seed) => own.get(seed)! - other.get(seed)!) };
  }
  const divergedArm = [arm, against].find(
    ({ results }, i) => results.length > 0 && [own, other][i]!.size === 0,
  );
  const refused = divergedArm
    ? `${divergedArm.name} diverged in every run, so that ${arm.name} and ${against.name} cannot be compared`
    : `${arm.name} and ${against.name} have ${plural(seeds.length, 'seed')} with a value of both, and at least two are needed to compare them`;
  return { ...names, refused };
}

/** @throws Error if a seed has two results */
function valuesBySeed({ name, results }: ArmResults): Map<number, number> {
  if (new Set(results.map(({ seed }) => seed)).size < results.length) {
    throw new Error(`internal error: ${name} has a seed with two results`);
  }
  return new Map(
    results.flatMap(({ seed, value }) =>
      value !== 'diverged' && Number.isFinite(value) ? [[seed, value] as const] : [],
    ),
  );
}
