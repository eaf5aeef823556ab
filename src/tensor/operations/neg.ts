import type { Tensor } from '../graph.ts';
import { applyUnary, defineUnary } from './define-elementwise.ts';

export const negOperation = defineUnary(
  'neg',
  (x) => -x,
  (g) => neg(g),
);

/** −x */
export function neg(x: Tensor): Tensor {
  return applyUnary(negOperation, x);
}
