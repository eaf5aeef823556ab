import type { Operand, Tensor } from '../graph.ts';
import { applyBinary, defineBinary } from './define-elementwise.ts';
import { neg } from './neg.ts';

export const subOperation = defineBinary({
  name: 'sub',
  interpret: (a, b) => a - b,
  vjp: (g) => [() => g, () => neg(g)],
});

/** a − b, element by element, with numpy's broadcasting. */
export function sub(a: Operand, b: Operand): Tensor {
  return applyBinary(subOperation, a, b);
}
