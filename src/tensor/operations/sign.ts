import type { Tensor } from '../graph.ts';
import { defineOperation, FLOATS, requireDtype } from '../operation.ts';
import { applyUnary } from './define-elementwise.ts';

export const signOperation = defineOperation({
  name: 'sign',
  constant: true,
  shape: ([x]) => {
    requireDtype('sign', x!, FLOATS);
    return [x!];
  },
  interpret: ([x]) => [x!.data.map(Math.sign)],
});

/** −1, 0 or 1; carries no gradient. */
export function sign(x: Tensor): Tensor {
  return applyUnary(signOperation, x);
}
