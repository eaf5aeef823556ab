// Arms against scratch, paired by seed: final differences, their intervals, gaps over training, speed-ups.

import { mean, standardDeviation } from '../core/index.ts';
import { splitAtGaps } from './points.ts';
import type { Point, ReportArm } from './types.ts';

/** The arm that the others are compared with. */
export const BASELINE = 'scratch';

/** An arm against the baseline, over the seeds that both have finished. */
export type ArmDifference = {
  /** Mean of arm minus baseline, nats a token; negative is better. */
  readonly nats: number;
  /** `nats` as a fraction of the baseline's mean loss over the same seeds. */
  readonly fraction: number;
  /** 95 % interval of the mean (Student's t), or null for a single pair. */
  readonly interval: readonly [number, number] | null;
  readonly pairs: number;
};

export type ArmSummary = {
  readonly name: string;
  readonly seeds: readonly number[];
  /** Mean final loss over the seeds that have one, nats a token. */
  readonly loss: number | null;
  /** Standard deviation over seeds, or null for fewer than two. */
  readonly spread: number | null;
  readonly bitsPerByte: number | null;
  /** Null for the baseline itself, and where no seed is shared with it. */
  readonly difference: ArmDifference | null;
  /**
   * The baseline's tokens divided by the tokens at which the arm first reaches the baseline's final
   * loss, mean over pairs; null unless every pair gets there.
   */
  readonly speedUp: number | null;
};

/** One summary an arm, in order of appearance. The last of several entries with one name and seed counts. */
export function compareArms(arms: readonly ReportArm[]): ArmSummary[] {
  const bySeed = groupBySeed(arms);
  const baseline = bySeed.get(BASELINE);
  return [...bySeed].map(([name, runs]) => {
    const losses = finite([...runs.values()].map(({ textLoss }) => textLoss));
    const bits = finite([...runs.values()].map(({ bitsPerByte }) => bitsPerByte ?? null));
    const pairs =
      name === BASELINE || baseline === undefined
        ? []
        : [...runs.values()].flatMap((arm) => {
            const other = baseline.get(arm.seed);
            return other !== undefined && isFiniteLoss(arm) && isFiniteLoss(other)
              ? [{ arm, other }]
              : [];
          });
    const speedUps = pairs.map(({ arm, other }) => measureSpeedUp(arm.curve, other.curve));
    const reached = finite(speedUps);
    return {
      name,
      seeds: [...runs.keys()],
      loss: losses.length === 0 ? null : mean(losses),
      spread: losses.length < 2 ? null : standardDeviation(losses),
      bitsPerByte: bits.length === 0 ? null : mean(bits),
      difference: pairs.length === 0 ? null : summarizePairs(pairs),
      speedUp: pairs.length > 0 && reached.length === pairs.length ? mean(reached) : null,
    };
  });
}

/** Arm minus baseline at every number of tokens that both curves of a seed were measured at. */
export function gapCurves(
  arms: readonly ReportArm[],
): { name: string; seed: number; points: [number, number][] }[] {
  const bySeed = groupBySeed(arms);
  const baseline = bySeed.get(BASELINE);
  return [...bySeed].flatMap(([name, runs]) =>
    [...runs.values()].flatMap(({ seed, curve }) => {
      const other = name === BASELINE ? undefined : baseline?.get(seed);
      if (other === undefined) return [];
      const reference = new Map(splitAtGaps(other.curve).flat());
      const points = splitAtGaps(curve)
        .flat()
        .flatMap(([tokens, loss]): [number, number][] => {
          const there = reference.get(tokens);
          return there === undefined ? [] : [[tokens, loss - there]];
        });
      return points.length === 0 ? [] : [{ name, seed, points }];
    }),
  );
}

/**
 * The baseline's tokens divided by the tokens at which `curve` first reaches the baseline's final loss,
 * interpolated between evaluations (arXiv 2603.10055); null when it never does, or either is empty.
 */
export function measureSpeedUp(
  curve: readonly Point[],
  baselineCurve: readonly Point[],
): number | null {
  const final = splitAtGaps(baselineCurve).flat().at(-1);
  if (final === undefined) return null;
  const [total, target] = final;
  const points = splitAtGaps(curve).flat();
  const index = points.findIndex(([, loss]) => loss <= target);
  const hit = points[index];
  if (hit === undefined) return null;
  const before = points[index - 1];
  const tokens =
    before === undefined
      ? hit[0]
      : before[0] + ((hit[0] - before[0]) * (before[1] - target)) / (before[1] - hit[1]);
  return tokens > 0 ? total / tokens : null;
}

/** 0.975 quantile of Student's t with 1 to 12 degrees of freedom. */
const T_975 = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788,
];

/**
 * 0.975 quantile of Student's t: tabulated up to 12 degrees of freedom, beyond by the Cornish-Fisher
 * expansion (Abramowitz and Stegun 26.7.5), right to 0.0002 there.
 */
export function studentQuantile975(degrees: number): number {
  const tabulated = T_975[degrees - 1];
  if (tabulated !== undefined) return tabulated;
  const z = 1.959963985;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / degrees + second / degrees ** 2 + third / degrees ** 3;
}

function summarizePairs(
  pairs: readonly { arm: { textLoss: number }; other: { textLoss: number } }[],
): ArmDifference {
  const differences = pairs.map(({ arm, other }) => arm.textLoss - other.textLoss);
  const nats = mean(differences);
  const count = differences.length;
  const half =
    count < 2
      ? null
      : (studentQuantile975(count - 1) * standardDeviation(differences)) / Math.sqrt(count);
  return {
    nats,
    fraction: nats / mean(pairs.map(({ other }) => other.textLoss)),
    interval: half === null ? null : [nats - half, nats + half],
    pairs: count,
  };
}

function groupBySeed(arms: readonly ReportArm[]): Map<string, Map<number, ReportArm>> {
  const groups = new Map<string, Map<number, ReportArm>>();
  for (const arm of arms) {
    const runs = groups.get(arm.name) ?? new Map<number, ReportArm>();
    runs.set(arm.seed, arm);
    groups.set(arm.name, runs);
  }
  return groups;
}

function isFiniteLoss(arm: ReportArm): arm is ReportArm & { readonly textLoss: number } {
  return arm.textLoss !== null && Number.isFinite(arm.textLoss);
}

function finite(values: readonly (number | null)[]): number[] {
  return values.filter((value): value is number => value !== null && Number.isFinite(value));
}
