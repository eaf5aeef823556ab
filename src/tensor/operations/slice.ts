import type { Tensor } from '../graph.ts';
import { apply, defineOperation } from '../operation.ts';
import { formatShape, resolveAxis, ShapeError } from '../shape.ts';
import { placesOf, stridesOf } from '../values.ts';
import { pad } from './pad.ts';

export type SliceAttributes = {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
};

export const sliceOperation = defineOperation<SliceAttributes>({
  name: 'slice',
  shape: ([x], { axis, start, end }) => [
    { dtype: x!.dtype, shape: x!.shape.map((size, i) => (i === axis ? end - start : size)) },
  ],
  vjp: ({ inputs: [x], attributes: { axis, start, end } }, [g]) => [
    () => pad(g!, axis, start, x!.shape[axis]! - end),
  ],
  interpret: ([x], { axis, start }, [out]) => {
    const strides = stridesOf(x!.shape);
    const places = placesOf(out!.shape, strides, start * strides[axis]!);
    return [Float64Array.from(places, (place) => x!.data[place]!)];
  },
});

/** Elements `start` to `end` (exclusive, negative from the end) along one axis. */
export function slice(x: Tensor, axis: number, start: number, end?: number): Tensor {
  const resolved = resolveAxis('slice', axis, x.shape);
  const size = x.shape[resolved]!;
  const from = start < 0 ? start + size : start;
  const to = end === undefined ? size : end < 0 ? end + size : end;
  if (from < 0 || to > size || from > to) {
    throw new ShapeError(
      `slice: ${start}..${end ?? ''} lies outside of axis ${axis} of ${formatShape(x.shape)}`,
    );
  }
  if (from === 0 && to === size) return x;
  return apply(sliceOperation, [x], { axis: resolved, start: from, end: to });
}
