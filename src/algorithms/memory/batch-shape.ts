// Rows and columns of batches, and which targets count.

import type { NdArray } from '../../core/index.ts';
import type { TokenBatch } from '../../text/batches.ts';
import type { DataFacts } from '../algorithm.ts';

/** Rows and columns of batches. */
export type BatchShape = {
  readonly batchSize: number;
  /** Inputs of a sequence. */
  readonly time: number;
  /** If a batch has no weights, inputs before this position have no counted target; 0 by default. */
  readonly firstPosition?: number;
};

export function shapeOf({ batchSize, contextLength, firstPosition }: DataFacts): BatchShape {
  return { batchSize, time: contextLength, firstPosition };
}

/** The targets' weights, `[batchSize · time]`: those of the batch, else one from the first position on. */
export function targetWeights(
  { weights }: TokenBatch,
  { batchSize, time, firstPosition = 0 }: BatchShape,
): Float32Array {
  if (weights) return weights;
  const row = Float32Array.from({ length: time }, (_, t) => (t < firstPosition ? 0 : 1));
  const all = new Float32Array(batchSize * time);
  for (let i = 0; i < batchSize; i++) all.set(row, i * time);
  return all;
}

/** Tokens as an array `[batchSize, time]`. */
export function tokenArray(data: Int32Array, { batchSize, time }: BatchShape): NdArray {
  return { dtype: 'int32', shape: [batchSize, time], data };
}
