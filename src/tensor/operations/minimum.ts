import type { Operand, Tensor } from '../graph.ts';
import { applyBinary, defineBinary } from './define-elementwise.ts';
import { lessEqual } from './less-equal.ts';
import { where } from './where.ts';

export const minimumOperation = defineBinary({
  name: 'minimum',
  interpret: (a, b) => Math.min(a, b),
  vjp: (g, x, y) => [() => where(lessEqual(x, y), g, 0), () => where(lessEqual(x, y), 0, g)],
});

/** The smaller of two; at a tie the gradient goes to the first. */
export function minimum(a: Operand, b: Operand): Tensor {
  return applyBinary(minimumOperation, a, b);
}
