// The arrays of a step of DMT, cut out of a batch of sequences and the memories along them.

import type { NdArray } from '../../core/index.ts';
import type { TokenBatch } from '../../text/batches.ts';
import { type BatchShape, targetWeights } from '../memory/batch-shape.ts';
import type { MemoryModel } from '../memory/memory-model.ts';
import { columnOf } from '../memory/rollout.ts';
import { comparedPlaces, type DmtSchedule } from './dmt-forward.ts';

/** The arrays of a step, from the rollout and the teacher's memories. */
export function cutSegments(
  { memory: { sizes } }: MemoryModel,
  schedule: DmtSchedule,
  shape: BatchShape,
  batch: TokenBatch,
  /** Entry n is after n tokens. */
  rolled: readonly Float32Array[],
  /** After the first token, then at the compared places. */
  goals: readonly Float32Array[],
): Readonly<Record<string, NdArray>> {
  const { time, batchSize } = shape;
  const { memoryTokens, hiddenSize } = sizes;
  const steps = schedule.gradientSteps;
  const places = comparedPlaces(schedule, time);
  const join = (parts: readonly Float32Array[]): NdArray => {
    const size = parts[0]!.length;
    const data = new Float32Array(parts.length * size);
    parts.forEach((part, i) => {
      data.set(part, i * size);
    });
    return { dtype: 'float32', shape: [parts.length * batchSize, memoryTokens, hiddenSize], data };
  };
  const tokens = new Int32Array(places.length * batchSize * steps);
  places.forEach((place, p) => {
    for (let row = 0; row < batchSize; row++) {
      const from = row * time + place - steps;
      const own = batch.inputs.subarray(from, from + steps);
      tokens.set(own, (p * batchSize + row) * steps);
    }
  });
  const weights = targetWeights(batch, shape);
  // Rolled-out memories are ordered by position, then by row; targets and weights must match.
  const byPosition = <T extends Int32Array | Float32Array>(from: T, to: T) => {
    for (let t = 0; t < time; t++) {
      for (let row = 0; row < batchSize; row++) to[t * batchSize + row] = from[row * time + t]!;
    }
    return to;
  };
  const count = batchSize * time;
  return {
    start: join(places.map((place) => rolled[place - steps]!)),
    tokens: { dtype: 'int32', shape: [places.length * batchSize, steps], data: tokens },
    goal: join(goals.slice(1)),
    firstTokens: {
      dtype: 'int32',
      shape: [batchSize],
      data: columnOf(batch.inputs, time, 0),
    },
    firstGoal: join(goals.slice(0, 1)),
    rolled: join(rolled.slice(1)),
    targets: {
      dtype: 'int32',
      shape: [count],
      data: byPosition(batch.targets, new Int32Array(count)),
    },
    weights: {
      dtype: 'float32',
      shape: [count],
      data: byPosition(weights, new Float32Array(count)),
    },
  };
}
