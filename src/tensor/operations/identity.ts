import type { Tensor } from '../graph.ts';
import { defineOperation } from '../operation.ts';
import { applyUnary } from './define-elementwise.ts';

export const identityOperation = defineOperation({
  name: 'identity',
  vjp: (_node, [g]) => [() => g!],
  shape: ([x]) => [x!],
  interpret: ([x]) => [x!.data],
});

/** The same value as another tensor. */
export function identity(x: Tensor): Tensor {
  return applyUnary(identityOperation, x);
}
