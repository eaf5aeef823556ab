import type { Tensor } from '../graph.ts';
import { applyUnary, defineUnary } from './define-elementwise.ts';
import { div } from './div.ts';
import { mul } from './mul.ts';

export const sqrtOperation = defineUnary('sqrt', Math.sqrt, (g, _x, y) => div(mul(g, 0.5), y));

/** Square root. */
export function sqrt(x: Tensor): Tensor {
  return applyUnary(sqrtOperation, x);
}
