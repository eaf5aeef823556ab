// Gradient clipping.

import { add, div, minimum, mul, sqrt, square, sum, type Tensor } from '../tensor/tracing.ts';

/** sqrt(Σ g²) over all gradients, a scalar. */
export function globalNorm(gradients: readonly Tensor[]): Tensor {
  // All squares first, then one chain of sums from the end: onnxruntime then computes (and may free)
  // the gradients in the order in which backpropagation produces them.
  const squares = gradients.map((g) => sum(square(g)));
  return sqrt(squares.reduceRight((total, part) => add(total, part)));
}

/** The factor that brings gradients of norm `norm` down to `maxNorm`; 1 where they are below it. */
export function clipFactor(norm: Tensor, maxNorm: number): Tensor {
  return minimum(div(maxNorm, add(norm, 1e-6)), 1);
}

/** Every gradient times a scalar. */
export function scaleGradients(gradients: readonly Tensor[], factor: Tensor): Tensor[] {
  return gradients.map((g) => mul(g, factor));
}
