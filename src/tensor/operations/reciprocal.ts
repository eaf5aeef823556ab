import type { Tensor } from '../graph.ts';
import { applyUnary, defineUnary } from './define-elementwise.ts';
import { mul } from './mul.ts';
import { neg } from './neg.ts';

export const reciprocalOperation = defineUnary(
  'reciprocal',
  (x) => 1 / x,
  (g, _x, y) => neg(mul(g, mul(y, y))),
);

/** 1 / x */
export function reciprocal(x: Tensor): Tensor {
  return applyUnary(reciprocalOperation, x);
}
