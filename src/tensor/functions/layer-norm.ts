import type { Tensor } from '../graph.ts';
import { add } from '../operations/add.ts';
import { div } from '../operations/div.ts';
import { mul } from '../operations/mul.ts';
import { sqrt } from '../operations/sqrt.ts';
import { sub } from '../operations/sub.ts';
import { mean } from './mean.ts';
import { square } from './square.ts';

/** (x − mean) / sqrt(variance + epsilon) · weight + bias over the last axis (Ba et al. 2016). */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, epsilon: number): Tensor {
  const centered = sub(x, mean(x, { axes: [-1], keepDims: true }));
  const variance = mean(square(centered), { axes: [-1], keepDims: true });
  return add(mul(div(centered, sqrt(add(variance, epsilon))), weight), bias);
}
