// The mean of losses of which only some count.

import { div, maximum, mul, sum, type Tensor } from '../../tensor/index.ts';

/** Σ w · loss / Σ w, a scalar; zero where nothing counts. Both of one shape. */
export function weightedMean(losses: Tensor, weights: Tensor): Tensor {
  return div(sum(mul(losses, weights)), maximum(sum(weights), 1e-6));
}
