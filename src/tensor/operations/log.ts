import type { Tensor } from '../graph.ts';
import { applyUnary, defineUnary } from './define-elementwise.ts';
import { div } from './div.ts';

export const logOperation = defineUnary('log', Math.log, (g, x) => div(g, x));

/** Natural logarithm. */
export function log(x: Tensor): Tensor {
  return applyUnary(logOperation, x);
}
