import type { Tensor } from '../graph.ts';
import { apply, defineOperation } from '../operation.ts';
import { formatShape, resolveAxis, ShapeError } from '../shape.ts';
import { placesOf, stridesOf } from '../values.ts';

export const transposeOperation = defineOperation<{ readonly permutation: readonly number[] }>({
  name: 'transpose',
  shape: ([x], { permutation }) => [
    { dtype: x!.dtype, shape: permutation.map((axis) => x!.shape[axis]!) },
  ],
  vjp: ({ attributes: { permutation } }, [g]) => [
    () =>
      transpose(
        g!,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
  ],
  interpret: ([x], { permutation }, [out]) => {
    const strides = stridesOf(x!.shape);
    const places = placesOf(
      out!.shape,
      permutation.map((axis) => strides[axis]!),
    );
    return [Float64Array.from(places, (place) => x!.data[place]!)];
  },
});

/** Reorders the axes; by default swaps the last two. */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const rank = x.shape.length;
  const order = (permutation ?? [...x.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2)).map(
    (axis) => resolveAxis('transpose', axis, x.shape),
  );
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new ShapeError(
      `transpose: ${formatShape(order)} is not a permutation of the axes of ${formatShape(x.shape)}`,
    );
  }
  return apply(transposeOperation, [x], { permutation: order });
}
