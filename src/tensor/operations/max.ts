import type { Tensor } from '../graph.ts';
import { NUMBERS } from '../operation.ts';
import { defineReduction, type ReduceOptions, reduce } from './define-reduction.ts';
import { shareBetweenTies } from './share-between-ties.ts';

export const maxOperation = defineReduction({
  name: 'max',
  dtypes: NUMBERS,
  vjp: shareBetweenTies,
  interpret: (elements) => elements.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
});

/** The largest element; ties share the gradient equally. */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduce(maxOperation, x, options);
}
