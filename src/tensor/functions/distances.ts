// Squared errors and distances.

import type { Tensor } from '../graph.ts';
import { add } from '../operations/add.ts';
import { matmul } from '../operations/matmul.ts';
import { sub } from '../operations/sub.ts';
import { sum } from '../operations/sum.ts';
import { transpose } from '../operations/transpose.ts';
import { mean } from './mean.ts';
import { square } from './square.ts';

/** Mean of (x − y)² over all elements. */
export function meanSquaredError(x: Tensor, y: Tensor): Tensor {
  return mean(square(sub(x, y)));
}

/** Squared Euclidean distances between rows: `x [..., n, d]`, `y [..., m, d]` → `[..., n, m]`. */
export function pairwiseSquaredDistances(x: Tensor, y: Tensor): Tensor {
  const xx = sum(square(x), { axes: [-1], keepDims: true });
  const yy = transpose(sum(square(y), { axes: [-1], keepDims: true }));
  return sub(add(xx, yy), matmul(x, y, { transposeB: true, scale: 2 }));
}
