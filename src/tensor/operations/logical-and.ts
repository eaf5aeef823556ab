import type { Tensor } from '../graph.ts';
import { applyBinary, definePredicate } from './define-elementwise.ts';

export const logicalAndOperation = definePredicate(
  'logicalAnd',
  ['bool'],
  (a, b) => a === 1 && b === 1,
);

/** Whether both are true. */
export function logicalAnd(a: Tensor, b: Tensor): Tensor {
  return applyBinary(logicalAndOperation, a, b);
}
