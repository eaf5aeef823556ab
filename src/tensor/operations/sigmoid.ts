import type { Tensor } from '../graph.ts';
import { applyUnary, defineUnary } from './define-elementwise.ts';
import { mul } from './mul.ts';
import { sub } from './sub.ts';

export const sigmoidOperation = defineUnary(
  'sigmoid',
  (x) => 1 / (1 + Math.exp(-x)),
  (g, _x, y) => mul(g, mul(y, sub(1, y))),
);

/** 1 / (1 + e^−x) */
export function sigmoid(x: Tensor): Tensor {
  return applyUnary(sigmoidOperation, x);
}
