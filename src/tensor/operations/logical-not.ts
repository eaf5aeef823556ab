import type { Tensor } from '../graph.ts';
import { defineOperation, requireDtype } from '../operation.ts';
import { applyUnary } from './define-elementwise.ts';

export const logicalNotOperation = defineOperation({
  name: 'logicalNot',
  shape: ([x]) => {
    requireDtype('logicalNot', x!, ['bool']);
    return [x!];
  },
  interpret: ([x]) => [x!.data.map((value) => 1 - value)],
});

/** Whether it is false. */
export function logicalNot(x: Tensor): Tensor {
  return applyUnary(logicalNotOperation, x);
}
