import type { Operand, Tensor } from '../graph.ts';
import { NUMBERS } from '../operation.ts';
import { applyBinary, definePredicate } from './define-elementwise.ts';

export const lessOperation = definePredicate('less', NUMBERS, (a, b) => a < b);

/** Whether a < b. */
export function less(a: Operand, b: Operand): Tensor {
  return applyBinary(lessOperation, a, b);
}
