import type { Tensor } from '../graph.ts';
import { NUMBERS } from '../operation.ts';
import { defineReduction, type ReduceOptions, reduce } from './define-reduction.ts';
import { shareBetweenTies } from './share-between-ties.ts';

export const minOperation = defineReduction({
  name: 'min',
  dtypes: NUMBERS,
  vjp: shareBetweenTies,
  interpret: (elements) => elements.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
});

/** The smallest element; ties share the gradient equally. */
export function min(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduce(minOperation, x, options);
}
