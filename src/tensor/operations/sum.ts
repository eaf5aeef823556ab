import type { Shape } from '../../core/index.ts';
import type { Tensor } from '../graph.ts';
import { NUMBERS, requireDtype } from '../operation.ts';
import { sameShape } from '../shape.ts';
import { defineReduction, keptShape, type ReduceOptions, reduce } from './define-reduction.ts';
import { expand } from './expand.ts';
import { reshape } from './reshape.ts';

export const sumOperation = defineReduction({
  name: 'sum',
  dtypes: NUMBERS,
  vjp: ({ inputs: [x], attributes: { axes } }, [g]) => [
    () => expand(reshape(g!, keptShape(x!.shape, axes)), x!.shape),
  ],
  interpret: (elements) => elements.reduce((a, b) => a + b, 0),
});

/** Sum over axes. */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  requireDtype('sum', x, NUMBERS);
  return reduce(sumOperation, x, options);
}

/** Sums over the axes that broadcasting added or stretched, back to `shape`. */
export function sumToShape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const offset = x.shape.length - shape.length;
  const axes = x.shape.flatMap((size, i) =>
    i < offset || (shape[i - offset] === 1 && size !== 1) ? [i] : [],
  );
  return reshape(sum(x, { axes }), shape);
}
