import type { Operand, Tensor } from '../graph.ts';
import { applyBinary, defineBinary } from './define-elementwise.ts';
import { greaterEqual } from './greater-equal.ts';
import { where } from './where.ts';

export const maximumOperation = defineBinary({
  name: 'maximum',
  interpret: (a, b) => Math.max(a, b),
  vjp: (g, x, y) => [() => where(greaterEqual(x, y), g, 0), () => where(greaterEqual(x, y), 0, g)],
});

/** The larger of two; at a tie the gradient goes to the first. */
export function maximum(a: Operand, b: Operand): Tensor {
  return applyBinary(maximumOperation, a, b);
}
