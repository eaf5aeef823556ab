import type { Operand, Tensor } from '../graph.ts';
import { applyBinary, defineBinary } from './define-elementwise.ts';

export const addOperation = defineBinary({
  name: 'add',
  interpret: (a, b) => a + b,
  vjp: (g) => [() => g, () => g],
});

/** a + b, element by element, with numpy's broadcasting. */
export function add(a: Operand, b: Operand): Tensor {
  return applyBinary(addOperation, a, b);
}
