// Batches of sequences with a weight a target.

import type { NdArray } from '../../core/index.ts';
import type { TokenBatch } from '../../text/batches.ts';

/**
 * Inputs and targets as of a language model, `[batch, time]`, and which targets count: `weights` of the same shape,
 * all one where absent.
 */
export type SequenceBatch = TokenBatch & { readonly weights?: Float32Array };

/** Rows and columns of batches. */
export type BatchShape = { readonly batchSize: number; readonly time: number };

/** The targets' weights as an array `[batch, time]`. */
export function weightsOf(batch: SequenceBatch, { batchSize, time }: BatchShape): NdArray {
  const data = batch.weights ?? new Float32Array(batchSize * time).fill(1);
  return { dtype: 'float32', shape: [batchSize, time], data };
}
