// The finished network on its own: its loss along a rollout, against what counting gives.

import { confidenceInterval95, linearFit, mean } from '../core/index.ts';
import { columnOf, type Rollout, type SequenceBatch } from '../learn/index.ts';

export type RolloutMeasures = {
  /** Tokens read. */
  readonly length: number;
  readonly sequences: number;
  /** Mean over all targets that count, nats. */
  readonly loss: number;
  readonly accuracy: number;
  /** Hits among targets, for an interval. */
  readonly hits: number;
  readonly targets: number;
  /** By tokens read, 1 to `length`; null where no target counts. */
  readonly lossByPosition: readonly (number | null)[];
  /**
   * Least-squares slope of a sequence's losses over its second half, nats a token, and its 95 % interval over
   * sequences; null where fewer than two targets count there.
   */
  readonly slope: number | null;
  readonly slopeInterval: readonly [number, number] | null;
};

/**
 * Rolls the network out over sequences from its own first memory.
 *
 * @param batch of the rollout's size; weights of 0 and 1
 */
export async function measureRollout(
  rollout: Rollout,
  batch: SequenceBatch,
  length: number,
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
  const slopes = losses.flatMap((list) => slopeOf(list) ?? []);
  return {
    ...{ length, sequences, hits, targets },
    loss: mean(losses.flatMap(counted)),
    accuracy: hits / targets,
    lossByPosition: Array.from({ length }, (_, t) => {
      const column = counted(losses.map((list) => list[t]!));
      return column.length === 0 ? null : mean(column);
    }),
    slope: slopes.length === 0 ? null : mean(slopes),
    slopeInterval: confidenceInterval95(slopes),
  };
}

/** The slope over the second half. */
function slopeOf(losses: readonly (number | null)[]): number | null {
  const from = Math.floor(losses.length / 2);
  const points = losses.flatMap((loss, t) => (t >= from && loss !== null ? [[t, loss]] : []));
  if (points.length < 2) return null;
  return linearFit(
    points.map(([t]) => t!),
    points.map(([, loss]) => loss!),
  ).slope;
}
