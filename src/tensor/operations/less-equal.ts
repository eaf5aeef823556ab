import type { Operand, Tensor } from '../graph.ts';
import { NUMBERS } from '../operation.ts';
import { applyBinary, definePredicate } from './define-elementwise.ts';

export const lessEqualOperation = definePredicate('lessEqual', NUMBERS, (a, b) => a <= b);

/** Whether a ≤ b. */
export function lessEqual(a: Operand, b: Operand): Tensor {
  return applyBinary(lessEqualOperation, a, b);
}
