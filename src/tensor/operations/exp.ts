import type { Tensor } from '../graph.ts';
import { applyUnary, defineUnary } from './define-elementwise.ts';
import { mul } from './mul.ts';

export const expOperation = defineUnary('exp', Math.exp, (g, _x, y) => mul(g, y));

/** e^x */
export function exp(x: Tensor): Tensor {
  return applyUnary(expOperation, x);
}
