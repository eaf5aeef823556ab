import type { Tensor } from '../graph.ts';
import { applyUnary, defineUnary } from './define-elementwise.ts';
import { mul } from './mul.ts';
import { neg } from './neg.ts';
import { sin } from './sin.ts';

export const cosOperation = defineUnary('cos', Math.cos, (g, x) => neg(mul(g, sin(x))));

/** Cosine of an angle in radians. */
export function cos(x: Tensor): Tensor {
  return applyUnary(cosOperation, x);
}
