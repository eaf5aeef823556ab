import type { Tensor } from '../graph.ts';
import { applyUnary, defineUnary } from './define-elementwise.ts';
import { mul } from './mul.ts';
import { sub } from './sub.ts';

export const tanhOperation = defineUnary('tanh', Math.tanh, (g, _x, y) =>
  mul(g, sub(1, mul(y, y))),
);

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return applyUnary(tanhOperation, x);
}
