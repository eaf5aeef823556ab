import type { Tensor } from '../graph.ts';
import { defineOperation } from '../operation.ts';
import { applyUnary } from './define-elementwise.ts';

export const stopGradientOperation = defineOperation({
  name: 'stopGradient',
  constant: true,
  shape: ([x]) => [x!],
  interpret: ([x]) => [x!.data],
});

/** The same value, through which no gradient passes. */
export function stopGradient(x: Tensor): Tensor {
  return applyUnary(stopGradientOperation, x);
}
