import { sizeOf } from '../../core/index.ts';
import type { Tensor } from '../graph.ts';
import { apply, defineOperation } from '../operation.ts';
import { formatShape, resolveAxis, ShapeError } from '../shape.ts';
import { placesOf, stridesOf } from '../values.ts';
import { slice } from './slice.ts';

export const concatOperation = defineOperation<{ readonly axis: number }>({
  name: 'concat',
  shape: (inputs, { axis }) => {
    const [first] = inputs;
    const agrees = inputs.map(
      (x) =>
        x.dtype === first!.dtype &&
        x.shape.length === first!.shape.length &&
        x.shape.every((size, i) => i === axis || size === first!.shape[i]),
    );
    const odd = inputs[agrees.indexOf(false)];
    if (odd) {
      throw new ShapeError(
        `concat: ${odd.dtype} ${formatShape(odd.shape)} does not join ${first!.dtype} ` +
          `${formatShape(first!.shape)} along axis ${axis}`,
      );
    }
    const total = inputs.reduce((sum, x) => sum + x.shape[axis]!, 0);
    return [
      { dtype: first!.dtype, shape: first!.shape.map((size, i) => (i === axis ? total : size)) },
    ];
  },
  vjp: ({ inputs, attributes: { axis } }, [g]) => {
    let offset = 0;
    return inputs.map((x) => {
      const start = offset;
      offset += x.shape[axis]!;
      return () => slice(g!, axis, start, start + x.shape[axis]!);
    });
  },
  interpret: (inputs, { axis }, [out]) => {
    const data = new Float64Array(sizeOf(out!.shape));
    const strides = stridesOf(out!.shape);
    let start = 0;
    for (const x of inputs) {
      placesOf(x.shape, strides, start * strides[axis]!).forEach((place, i) => {
        data[place] = x.data[i]!;
      });
      start += x.shape[axis]!;
    }
    return [data];
  },
});

/** Joins along an existing axis; all other sizes must agree. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const first = tensors[0];
  if (!first) throw new ShapeError('concat: nothing to join');
  if (tensors.length === 1) return first;
  return apply(concatOperation, tensors, { axis: resolveAxis('concat', axis, first.shape) });
}
