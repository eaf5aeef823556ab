import { sizeOf } from '../../core/index.ts';
import type { Tensor } from '../graph.ts';
import { apply, defineOperation } from '../operation.ts';
import { resolveAxis, ShapeError } from '../shape.ts';
import { placesOf, stridesOf } from '../values.ts';
import { slice } from './slice.ts';

export const padOperation = defineOperation<{
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}>({
  name: 'pad',
  shape: ([x], { axis, before, after }) => [
    {
      dtype: x!.dtype,
      shape: x!.shape.map((size, i) => (i === axis ? before + size + after : size)),
    },
  ],
  vjp: ({ inputs: [x], attributes: { axis, before } }, [g]) => [
    () => slice(g!, axis, before, before + x!.shape[axis]!),
  ],
  interpret: ([x], { axis, before }, [out]) => {
    const data = new Float64Array(sizeOf(out!.shape));
    const strides = stridesOf(out!.shape);
    placesOf(x!.shape, strides, before * strides[axis]!).forEach((place, i) => {
      data[place] = x!.data[i]!;
    });
    return [data];
  },
});

/** Adds zeros before and after along one axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const resolved = resolveAxis('pad', axis, x.shape);
  if (before < 0 || after < 0) throw new ShapeError(`pad: negative padding ${before}, ${after}`);
  if (before === 0 && after === 0) return x;
  return apply(padOperation, [x], { axis: resolved, before, after });
}
