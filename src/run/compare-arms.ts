// Arms against scratch, paired by seed: final differences, their intervals, gaps over training, speed-ups.

import { confidenceInterval95, mean, standardDeviation } from '../core/index.ts';

/** A point [tokens, nats per token] of a curve; null or a non-finite loss is left out. */
export type CurvePoint = readonly [number, number | null];

/** One arm under one seed. */
export type ComparedArm = {
  readonly name: string;
  readonly seed: number;
  /** Final held-out loss, nats per token; null while there is none. */
  readonly textLoss: number | null;
  readonly bitsPerByte?: number | null | undefined;
  /** Held-out loss by text tokens seen. */
  readonly curve: readonly CurvePoint[];
};

/** The arm that the others are compared with. */
export const BASELINE = 'scratch';

/** An arm against the baseline, over the seeds that both have finished. */
export type ArmDifference = {
  /** Mean of arm minus baseline, nats per token; negative is better. */
  readonly nats: number;
  /** `nats` as a fraction of the baseline's mean loss over the same seeds. */
  readonly fraction: number;
  /** 95 % interval of the mean (Student's t), or null for a single pair. */
  readonly interval: readonly [number, number] | null;
  readonly pairs: number;
};

export type ArmComparison = {
  readonly name: string;
  readonly seeds: readonly number[];
  /** Mean final loss over the seeds that have one, nats per token. */
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
export function compareArms(arms: readonly ComparedArm[]): ArmComparison[] {
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
  arms: readonly ComparedArm[],
  baselineName = BASELINE,
): { name: string; seed: number; points: [number, number][] }[] {
  const bySeed = groupBySeed(arms);
  const baseline = bySeed.get(baselineName);
  return [...bySeed].flatMap(([name, runs]) =>
    [...runs.values()].flatMap(({ seed, curve }) => {
      const other = name === baselineName ? undefined : baseline?.get(seed);
      if (other === undefined) return [];
      const reference = new Map(finitePoints(other.curve));
      const points = finitePoints(curve).flatMap(([tokens, loss]): [number, number][] => {
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
 *
 * @param extraTokens tokens that the arm saw before, such as those of its source stage, counted as its own
 */
export function measureSpeedUp(
  curve: readonly CurvePoint[],
  baselineCurve: readonly CurvePoint[],
  extraTokens = 0,
): number | null {
  const final = finitePoints(baselineCurve).at(-1);
  if (final === undefined) return null;
  const [total, target] = final;
  const points = finitePoints(curve);
  const index = points.findIndex(([, loss]) => loss <= target);
  const hit = points[index];
  if (hit === undefined) return null;
  const before = points[index - 1];
  const tokens =
    before === undefined
      ? hit[0]
      : before[0] + ((hit[0] - before[0]) * (before[1] - target)) / (before[1] - hit[1]);
  return tokens + extraTokens > 0 ? total / (tokens + extraTokens) : null;
}

function summarizePairs(
  pairs: readonly { arm: { textLoss: number }; other: { textLoss: number } }[],
): ArmDifference {
  const differences = pairs.map(({ arm, other }) => arm.textLoss - other.textLoss);
  const nats = mean(differences);
  return {
    nats,
    fraction: nats / mean(pairs.map(({ other }) => other.textLoss)),
    interval: confidenceInterval95(differences),
    pairs: differences.length,
  };
}

function finitePoints(curve: readonly CurvePoint[]): (readonly [number, number])[] {
  return curve.filter((point): point is readonly [number, number] => Number.isFinite(point[1]));
}

function groupBySeed(arms: readonly ComparedArm[]): Map<string, Map<number, ComparedArm>> {
  const groups = new Map<string, Map<number, ComparedArm>>();
  for (const arm of arms) {
    const runs = groups.get(arm.name) ?? new Map<number, ComparedArm>();
    runs.set(arm.seed, arm);
    groups.set(arm.name, runs);
  }
  return groups;
}

function isFiniteLoss(arm: ComparedArm): arm is ComparedArm & { readonly textLoss: number } {
  return arm.textLoss !== null && Number.isFinite(arm.textLoss);
}

function finite(values: readonly (number | null)[]): number[] {
  return values.filter((value): value is number => value !== null && Number.isFinite(value));
}
