import type { Tensor } from '../graph.ts';
import { cos } from './cos.ts';
import { applyUnary, defineUnary } from './define-elementwise.ts';
import { mul } from './mul.ts';

export const sinOperation = defineUnary('sin', Math.sin, (g, x) => mul(g, cos(x)));

/** Sine of an angle in radians. */
export function sin(x: Tensor): Tensor {
  return applyUnary(sinOperation, x);
}
