import type { Operand, Tensor } from '../graph.ts';
import { applyBinary, defineBinary } from './define-elementwise.ts';

export const mulOperation = defineBinary({
  name: 'mul',
  interpret: (a, b) => a * b,
  interpretInt32: Math.imul,
  vjp: (g, x, y) => [() => mul(g, y), () => mul(g, x)],
});

/** a · b, element by element, with numpy's broadcasting. */
export function mul(a: Operand, b: Operand): Tensor {
  return applyBinary(mulOperation, a, b);
}
