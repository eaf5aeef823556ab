import type { Operand, Tensor } from '../graph.ts';
import { NUMBERS } from '../operation.ts';
import { applyBinary, definePredicate } from './define-elementwise.ts';

export const greaterEqualOperation = definePredicate('greaterEqual', NUMBERS, (a, b) => a >= b);

/** Whether a ≥ b. */
export function greaterEqual(a: Operand, b: Operand): Tensor {
  return applyBinary(greaterEqualOperation, a, b);
}
