import type { Tensor } from '../graph.ts';
import { applyUnary, defineUnary } from './define-elementwise.ts';
import { mul } from './mul.ts';
import { sign } from './sign.ts';

export const absOperation = defineUnary('abs', Math.abs, (g, x) => mul(g, sign(x)));

/** Absolute value; the gradient at 0 is 0. */
export function abs(x: Tensor): Tensor {
  return applyUnary(absOperation, x);
}
