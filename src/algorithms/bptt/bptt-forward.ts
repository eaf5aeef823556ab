// Backpropagation through time (Werbos 1990): the recurrent network unrolled inside of one graph.

import { type ArraySpec, spec } from '../../core/index.ts';
import {
  type MemoryConfig,
  type RecurrentParams,
  readoutLosses,
  unrollCell,
} from '../../nn/index.ts';
import {
  concat,
  reshape,
  sqrt,
  square,
  stack,
  sum,
  type Tensor,
  transpose,
} from '../../tensor/index.ts';
import type { BatchShape } from '../memory/sequence-batch.ts';
import { weightedMean } from '../memory/weighted-mean.ts';
import type { Forward } from '../trainer.ts';

/** Arrays that a step is given, each `[batch, time]`. */
export function bpttBatchSpecs({
  batchSize,
  time,
}: BatchShape): Readonly<Record<string, ArraySpec>> {
  return {
    inputs: spec('int32', [batchSize, time]),
    targets: spec('int32', [batchSize, time]),
    weights: spec('float32', [batchSize, time]),
  };
}

/**
 * Weighted cross-entropy of what is read out after each token.
 *
 * The metric `memoryGradients [time]` tells how far the loss reaches back: entry t is the norm of the gradient of a
 * sequence's own loss with regard to its memory after t + 1 tokens, a mean over the batch.
 *
 * @param truncation gradients go back to the last multiple of so many steps; through all where absent
 */
export function bpttForward(
  params: RecurrentParams<Tensor>,
  config: MemoryConfig,
  { inputs, targets, weights }: Readonly<Record<string, Tensor>>,
  truncation?: number,
): Forward {
  const [batch, time] = inputs!.shape as [number, number];
  const memories = unrollCell(params, config, inputs!, truncation);
  // Memories lie by position, then by row.
  const byPosition = (x: Tensor) => reshape(transpose(x), [time * batch]);
  const { losses } = readoutLosses(
    params.readout,
    config,
    concat(memories, 0),
    byPosition(targets!),
  );
  const loss = weightedMean(losses, byPosition(weights!));
  return {
    loss,
    metrics: {},
    watch: {
      tensors: memories,
      // Σ over rows of |row's gradient| · batch (its own loss' gradient) / batch (the mean).
      report: (found) => ({
        memoryGradients: stack(found.map((g) => sum(sqrt(sum(square(g), { axes: [1, 2] }))))),
      }),
    },
  };
}
