// The parts of an array that the devices of a mesh have.

import { type ArraySpec, allocate, type NdArray, type Shape, sizeOf } from '../../../core/index.ts';
import type { Mesh } from '../../mesh.ts';
import { stridesOf } from '../../values.ts';
import type { Layout } from './layouts.ts';

/** A part of an array: where it begins on each axis, and its sizes. */
export type Block = { readonly starts: readonly number[]; readonly shape: Shape };

/** The part of a device, which is numbered along `model` first. */
export function blockOf(shape: Shape, layout: Layout, mesh: Mesh, device: number): Block {
  const place = { data: Math.floor(device / mesh.model), model: device % mesh.model };
  const parts = layout.map((names) =>
    names.reduce(
      ({ count, index }, name) => ({
        count: count * mesh[name],
        index: index * mesh[name] + place[name],
      }),
      { count: 1, index: 0 },
    ),
  );
  const sizes = shape.map((size, axis) => size / parts[axis]!.count);
  return { starts: sizes.map((size, axis) => size * parts[axis]!.index), shape: sizes };
}

/** The part's elements; those of the array itself where it is all of it. */
export function cutBlock(array: NdArray, { starts, shape }: Block): NdArray {
  if (sizeOf(shape) === array.data.length) return array;
  const data = allocate(array.dtype, sizeOf(shape));
  eachRun(array.shape, { starts, shape }, (from, to, length) => {
    data.set(array.data.subarray(from, from + length) as never, to);
  });
  return { dtype: array.dtype, shape, data };
}

/** An array from its parts. */
export function joinBlocks(
  { dtype, shape }: ArraySpec,
  parts: readonly { readonly block: Block; readonly value: NdArray }[],
): NdArray {
  if (parts.length === 1) return parts[0]!.value;
  const data = allocate(dtype, sizeOf(shape));
  for (const { block, value } of parts) {
    eachRun(shape, block, (to, from, length) => {
      data.set(value.data.subarray(from, from + length) as never, to);
    });
  }
  return { dtype, shape, data };
}

/** Runs of elements that lie together in the array and in the part: where they begin in both, and how many they are. */
function eachRun(
  whole: Shape,
  { starts, shape }: Block,
  visit: (inWhole: number, inPart: number, length: number) => void,
): void {
  if (sizeOf(shape) === 0) return;
  // Axes behind the last one that is cut lie together.
  let last = shape.length - 1;
  while (last > 0 && shape[last] === whole[last]) last--;
  const strides = stridesOf(whole);
  const length = sizeOf(shape.slice(last));
  const outer = shape.slice(0, last);
  const index = outer.map(() => 0);
  for (let run = 0; run < sizeOf(outer); run++) {
    const offset = outer.reduce(
      (sum, _, axis) => sum + (starts[axis]! + index[axis]!) * strides[axis]!,
      (starts[last] ?? 0) * (strides[last] ?? 1),
    );
    visit(offset, run * length, length);
    for (let axis = last - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < outer[axis]!) break;
      index[axis] = 0;
    }
  }
}
