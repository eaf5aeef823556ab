import type { Operand, Tensor } from '../graph.ts';
import { NUMBERS } from '../operation.ts';
import { applyBinary, definePredicate } from './define-elementwise.ts';

export const greaterOperation = definePredicate('greater', NUMBERS, (a, b) => a > b);

/** Whether a > b. */
export function greater(a: Operand, b: Operand): Tensor {
  return applyBinary(greaterOperation, a, b);
}
