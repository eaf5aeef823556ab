import type { Tensor } from '../graph.ts';
import { applyBinary, definePredicate } from './define-elementwise.ts';

export const logicalOrOperation = definePredicate(
  'logicalOr',
  ['bool'],
  (a, b) => a === 1 || b === 1,
);

/** Whether one or both are true. */
export function logicalOr(a: Tensor, b: Tensor): Tensor {
  return applyBinary(logicalOrOperation, a, b);
}
