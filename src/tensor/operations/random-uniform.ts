// Random numbers inside a graph: a pure function of a key that is given at each run.

import { hashUniform, type Shape } from '../../core/index.ts';
import type { Tensor } from '../graph.ts';
import { apply, defineOperation, requireDtype } from '../operation.ts';
import { formatShape, ShapeError, sameShape } from '../shape.ts';
import { placesOf, stridesOf } from '../values.ts';

export type RandomAttributes = {
  readonly stream: number;
  /** Of the whole array, whose elements are numbered in row-major order. */
  readonly whole: Shape;
  /** First index, on each axis, of the part that is drawn. */
  readonly starts: readonly number[];
  readonly shape: Shape;
};

export const randomUniformOperation = defineOperation<RandomAttributes>({
  name: 'randomUniform',
  shape: ([key], { shape, starts, whole }) => {
    requireDtype('randomUniform', key!, ['int32']);
    if (!sameShape(key!.shape, [2])) {
      throw new ShapeError(`randomUniform: the key must be [2], got ${formatShape(key!.shape)}`);
    }
    if (!shape.every((size, axis) => starts[axis]! >= 0 && starts[axis]! + size <= whole[axis]!)) {
      throw new ShapeError(
        `randomUniform: ${formatShape(shape)} from ${formatShape(starts)} lies outside of ${formatShape(whole)}`,
      );
    }
    return [{ dtype: 'float32', shape }];
  },
  interpret: ([key], attributes) => [
    Float64Array.from(elementNumbers(attributes), (n) =>
      hashUniform([key!.data[0]!, key!.data[1]!], attributes.stream, n),
    ),
  ],
});

/** The numbers, in the whole array, of the elements that are drawn. */
function elementNumbers({ whole, starts, shape }: RandomAttributes): Int32Array {
  const strides = stridesOf(whole);
  const first = starts.reduce((sum, start, axis) => sum + start * strides[axis]!, 0);
  return placesOf(shape, strides, first);
}

/**
 * Uniform float32 in [0, 1) from `key` (int32 `[2]`): a multiply-xorshift hash of the element's
 * number, good enough for masks and noise. Different `stream`s of one key are unrelated.
 */
export function randomUniform(key: Tensor, stream: number, shape: Shape): Tensor {
  return randomUniformPart(key, stream, shape, new Array(shape.length).fill(0), shape);
}

/** The part of shape `shape`, beginning at `starts`, of the array that `randomUniform` gives for `whole`. */
export function randomUniformPart(
  key: Tensor,
  stream: number,
  whole: Shape,
  starts: readonly number[],
  shape: Shape,
): Tensor {
  return apply(randomUniformOperation, [key], { stream, whole, starts, shape });
}
