// The finished model along held-out sequences: its loss token by token, for comparison with n-gram baselines.

import { confidenceInterval95, linearFit, mean } from '../core/index.ts';
import type { TokenLosses } from '../eval/index.ts';
import type { TokenBatch } from '../text/index.ts';

export type RolloutMeasures = {
  /** Tokens read. */
  readonly length: number;
  readonly sequences: number;
  /** Mean over all targets that count, nats. */
  readonly loss: number;
  readonly accuracy: number;
  /** Mean loss of each sequence, for paired comparisons. */
  readonly lossBySequence: readonly number[];
  /** By tokens read, 1 to `length`; null if no target counts. */
  readonly lossByPosition: readonly (number | null)[];
  /**
   * Least-squares slope of a sequence's losses from `slopeFrom` tokens read on, nats per token, and its 95 % interval over
   * sequences; null if fewer than two targets count there.
   */
  readonly slopeFrom: number;
  readonly slope: number | null;
  readonly slopeInterval: readonly [number, number] | null;
};

/**
 * Judges the model token by token along sequences.
 *
 * @param judged losses and most probable tokens of every target, row-major `[sequences, length]`
 * @param batch the sequences; weights of 0 and 1
 * @param trained tokens of training sequences: a rise would begin after these. If these sequences are not longer, the slope is
 *   that of their second half
 */
export function measureRollout(
  { losses: all, predictions }: TokenLosses,
  { targets, weights }: TokenBatch,
  length: number,
  trained: number,
): RolloutMeasures {
  const sequences = targets.length / length;
  const losses = Array.from({ length: sequences }, (_, row) =>
    Array.from({ length }, (_, t) => {
      const at = row * length + t;
      return (weights?.[at] ?? 1) > 0 ? all[at]! : null;
    }),
  );
  let hits = 0;
  let counted = 0;
  losses.flat().forEach((loss, at) => {
    if (loss === null) return;
    counted += 1;
    hits += Number(Number(predictions[at]) === targets[at]);
  });
  const present = (list: readonly (number | null)[]) => list.filter((x) => x !== null);
  const slopeFrom = length > trained ? trained : Math.floor(length / 2);
  const slopes = losses.flatMap((list) => slopeOf(list, slopeFrom) ?? []);
  return {
    length,
    sequences,
    slopeFrom,
    loss: mean(losses.flatMap(present)),
    accuracy: hits / counted,
    lossBySequence: losses.map((list) => mean(present(list))),
    lossByPosition: Array.from({ length }, (_, t) => {
      const column = present(losses.map((list) => list[t]!));
      return column.length === 0 ? null : mean(column);
    }),
    slope: slopes.length === 0 ? null : mean(slopes),
    slopeInterval: confidenceInterval95(slopes),
  };
}

/** The slope over the targets from a place on. */
function slopeOf(losses: readonly (number | null)[], from: number): number | null {
  const points = losses.flatMap((loss, t) => (t >= from && loss !== null ? [[t, loss]] : []));
  if (points.length < 2) return null;
  return linearFit(
    points.map(([t]) => t!),
    points.map(([, loss]) => loss!),
  ).slope;
}
