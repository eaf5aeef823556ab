// From hidden states to tokens: logits, and losses that never need all logits at once.

import {
  add,
  concat,
  full,
  linearCrossEntropy,
  matmul,
  reshape,
  slice,
  type Tensor,
} from '../../tensor/tracing.ts';

/** `weight [vocabSize, width]`, `bias [vocabSize]`: logits are hidden · weightᵀ + bias. */
export type Readout = { readonly weight: Tensor; readonly bias?: Tensor };

/** Logits `[..., vocabSize]` of hidden states `[..., width]`. */
export function readoutLogits(hidden: Tensor, { weight, bias }: Readout): Tensor {
  const logits = matmul(hidden, weight, {
    transposeB: true,
    precision: hidden.graph.precision,
  });
  return bias ? add(logits, bias) : logits;
}

/**
 * Losses in nats and most probable tokens, from position `firstPosition` of each sequence on.
 *
 * @param hidden `[batch, time, width]`
 * @param targets ids, int32 `[batch, time]`
 * @returns losses `[batch, time − firstPosition]`, predictions (int64) of the same shape
 */
export function sequenceLosses(
  hidden: Tensor,
  readout: Readout,
  targets: Tensor,
  options: { readonly firstPosition?: number } = {},
): { losses: Tensor; predictions: Tensor } {
  const [batch, time, width] = hidden.shape as [number, number, number];
  const { firstPosition = 0 } = options;
  const rows = batch * (time - firstPosition);
  const last = (x: Tensor, shape: readonly number[]) => reshape(slice(x, 1, firstPosition), shape);
  const { losses, predictions } = linearCrossEntropy(
    ...withBias(last(hidden, [rows, width]), readout),
    last(targets, [rows]),
  );
  const shape = [batch, time - firstPosition];
  return { losses: reshape(losses, shape), predictions: reshape(predictions, shape) };
}

/** The bias becomes the weight of a hidden unit that is always one. */
function withBias(hidden: Tensor, { weight, bias }: Readout): [Tensor, Tensor] {
  if (!bias) return [hidden, weight];
  const one = full(hidden.graph, [hidden.shape[0]!, 1], 1, hidden.dtype);
  return [concat([hidden, one], 1), concat([weight, reshape(bias, [-1, 1])], 1)];
}
