import type { Operand, Tensor } from '../graph.ts';
import { NUMBERS } from '../operation.ts';
import { applyBinary, definePredicate } from './define-elementwise.ts';

export const equalOperation = definePredicate('equal', NUMBERS, (a, b) => a === b);

/** Whether a = b. */
export function equal(a: Operand, b: Operand): Tensor {
  return applyBinary(equalOperation, a, b);
}
