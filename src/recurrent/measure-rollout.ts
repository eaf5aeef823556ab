// The finished network on its own: its loss along a rollout, against what counting gives.

import { columnOf, type Rollout } from '../algorithms/index.ts';
import { confidenceInterval95, linearFit, mean } from '../core/index.ts';
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
  /** By tokens read, 1 to `length`; null where no target counts. */
  readonly lossByPosition: readonly (number | null)[];
  /**
   * Least-squares slope of a sequence's losses from `slopeFrom` tokens read on, nats per token, and its 95 % interval over
   * sequences; null where fewer than two targets count there.
   */
  readonly slopeFrom: number;
  readonly slope: number | null;
  readonly slopeInterval: readonly [number, number] | null;
};

/**
 * Rolls the network out over sequences from its own initial state.
 *
 * @param batch of the rollout's size; weights of 0 and 1
 * @param trained tokens that training sequences had: a rise would begin after these; where the rollout is no longer, it
 *   is looked for in the second half
 */
export async function measureRollout(
  rollout: Rollout,
  batch: TokenBatch,
  length: number,
  trained: number,
): Promise<RolloutMeasures> {
  const sequences = batch.inputs.length / length;
  const losses = Array.from({ length: sequences }, () => new Array<number | null>(length));
  let hits = 0;
  let targets = 0;
  let memory = await rollout.start();
  for (let t = 0; t < length; t++) {
    memory = await rollout.advance(memory, columnOf(batch.inputs, length, t));
    const next = columnOf(batch.targets, length, t);
    const judged = await rollout.judge(memory, next);
    for (let row = 0; row < sequences; row++) {
      const counts = (batch.weights?.[row * length + t] ?? 1) > 0;
      losses[row]![t] = counts ? judged.losses[row]! : null;
      if (!counts) continue;
      targets += 1;
      hits += Number(Number(judged.predictions[row]) === next[row]);
    }
  }
  const counted = (list: readonly (number | null)[]) => list.filter((x) => x !== null);
  const slopeFrom = length > trained ? trained : Math.floor(length / 2);
  const slopes = losses.flatMap((list) => slopeOf(list, slopeFrom) ?? []);
  return {
    ...{ length, sequences, slopeFrom },
    loss: mean(losses.flatMap(counted)),
    accuracy: hits / targets,
    lossBySequence: losses.map((list) => mean(counted(list))),
    lossByPosition: Array.from({ length }, (_, t) => {
      const column = counted(losses.map((list) => list[t]!));
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
