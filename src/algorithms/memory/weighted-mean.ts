// The weighted mean of losses.

import { div, maximum, mul, sum, type Tensor } from '../../tensor/tracing.ts';

/**
 * Σ w · loss / Σ w, a scalar; zero if no weight is positive. Both have the same shape.
 *
 * @param whole for a part of a batch: the weights of the whole batch, and its number of parts. The mean over the parts is then
 *   that of the batch, however the weights are spread over them
 */
export function weightedMean(
  losses: Tensor,
  weights: Tensor,
  whole: { readonly weights: Tensor; readonly parts: number } = { weights, parts: 1 },
): Tensor {
  const total = maximum(sum(whole.weights), 1e-6);
  const share = whole.parts === 1 ? total : mul(total, 1 / whole.parts);
  return div(sum(mul(losses, weights)), share);
}
