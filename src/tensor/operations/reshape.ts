import { type Shape, sizeOf } from '../../core/index.ts';
import type { Tensor } from '../graph.ts';
import { apply, defineOperation } from '../operation.ts';
import { formatShape, ShapeError, sameShape } from '../shape.ts';

export const reshapeOperation = defineOperation<{ readonly shape: Shape }>({
  name: 'reshape',
  shape: ([x], { shape }) => [{ dtype: x!.dtype, shape }],
  vjp: ({ inputs: [x] }, [g]) => [() => reshape(g!, x!.shape)],
  interpret: ([x]) => [x!.data],
});

/** Same elements in row-major order; one size may be -1 and is then inferred. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const total = sizeOf(x.shape);
  const full = shape.map((size) => (size === -1 ? total / known : size));
  const whole = full.every((size) => Number.isInteger(size) && size >= 0);
  if (shape.filter((size) => size === -1).length > 1 || !whole || sizeOf(full) !== total) {
    throw new ShapeError(
      `reshape: ${formatShape(x.shape)} has ${total} elements and does not fit ${formatShape(shape)}`,
    );
  }
  return sameShape(full, x.shape) ? x : apply(reshapeOperation, [x], { shape: full });
}
