import type { Tensor } from '../graph.ts';
import { apply, defineOperation } from '../operation.ts';
import { resolveAxis } from '../shape.ts';
import { reduceValues } from '../values.ts';

export const argmaxOperation = defineOperation<{ readonly axis: number }>({
  name: 'argmax',
  shape: ([x], { axis }) => [{ dtype: 'int64', shape: x!.shape.filter((_, i) => i !== axis) }],
  interpret: ([x], { axis }) => [
    reduceValues(x!, [axis], (elements) =>
      elements.reduce((best, value, i) => (value > elements[best]! ? i : best), 0),
    ),
  ],
});

/** Index (int64) of the largest element along an axis, the first one at a tie. The axis is dropped. */
export function argmax(x: Tensor, axis = -1): Tensor {
  return apply(argmaxOperation, [x], { axis: resolveAxis('argmax', axis, x.shape) });
}
