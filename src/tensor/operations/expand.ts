import type { Shape } from '../../core/index.ts';
import type { Tensor } from '../graph.ts';
import { apply, defineOperation } from '../operation.ts';
import { broadcastShapes, formatShape, ShapeError, sameShape } from '../shape.ts';
import { mapValues } from '../values.ts';
import { sumToShape } from './sum.ts';

export const expandOperation = defineOperation<{ readonly shape: Shape }>({
  name: 'expand',
  shape: ([x], { shape }) => [{ dtype: x!.dtype, shape }],
  vjp: ({ inputs: [x] }, [g]) => [() => sumToShape(g!, x!.shape)],
  interpret: (inputs, { shape }) => [mapValues(inputs, shape, (x) => x!)],
});

/** Repeats axes of size 1 (and adds leading axes) up to `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes('expand', x.shape, shape), shape)) {
    throw new ShapeError(
      `expand: ${formatShape(x.shape)} does not expand to ${formatShape(shape)}`,
    );
  }
  return apply(expandOperation, [x], { shape });
}
