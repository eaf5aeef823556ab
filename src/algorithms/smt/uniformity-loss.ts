// The loss of Supervised Memory Training that keeps memories apart (arXiv 2606.06479).

import { arrayOf } from '../../core/index.ts';
import {
  add,
  constant,
  exp,
  gatherRows,
  log,
  mul,
  pairwiseSquaredDistances,
  reshape,
  sum,
  type Tensor,
} from '../../tensor/tracing.ts';

// Below the logarithm of any density that matters.
const NEVER = -1e4;

/**
 * log of the mean of exp(−2‖a − b‖²) over pairs of different memory tokens (Wang and Isola 2020, with t = 2). It is low if the
 * tokens are spread over the sphere.
 *
 * @param memory normalized tokens `[..., hiddenSize]`
 * @param sample numbers of the tokens to compare, int32 `[size]`, each once, at least two
 */
export function uniformityLoss(memory: Tensor, sample: Tensor): Tensor {
  const width = memory.shape.at(-1)!;
  const size = sample.shape[0]!;
  // A token with a root mean square of 1 has the norm sqrt(width).
  const tokens = mul(gatherRows(reshape(memory, [-1, width]), sample), width ** -0.5);
  const distances = pairwiseSquaredDistances(tokens, tokens);
  const diagonal = new Float32Array(size * size);
  for (let i = 0; i < size; i++) diagonal[i * size + i] = NEVER;
  const apart = constant(memory.graph, arrayOf(memory.dtype, [size, size], diagonal));
  return log(mul(sum(exp(add(mul(distances, -2), apart))), 1 / (size * (size - 1))));
}
