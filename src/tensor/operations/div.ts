import type { Operand, Tensor } from '../graph.ts';
import { applyBinary, defineBinary } from './define-elementwise.ts';
import { mul } from './mul.ts';
import { neg } from './neg.ts';

export const divOperation = defineBinary({
  name: 'div',
  interpret: (a, b) => a / b,
  interpretInt32: (a, b) => Math.trunc(a / b),
  vjp: (g, _x, y, out) => [() => div(g, y), () => neg(div(mul(g, out), y))],
});

/** a / b, element by element, with numpy's broadcasting; integers are truncated toward zero. */
export function div(a: Operand, b: Operand): Tensor {
  return applyBinary(divOperation, a, b);
}
