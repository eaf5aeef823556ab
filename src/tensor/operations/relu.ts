import type { Tensor } from '../graph.ts';
import { applyUnary, defineUnary } from './define-elementwise.ts';
import { greater } from './greater.ts';
import { where } from './where.ts';

export const reluOperation = defineUnary(
  'relu',
  (x) => Math.max(x, 0),
  (g, x) => where(greater(x, 0), g, 0),
);

/** The larger of x and 0; the gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  return applyUnary(reluOperation, x);
}
