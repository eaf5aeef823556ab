// Plain loops over arrays, for the interpreter.

import { type Shape, sizeOf } from '../core/index.ts';
import type { Values } from './graph.ts';

/** Elements from one index of each axis to the next, in row-major order. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  }
  return strides;
}

/**
 * Where each element of an array of `shape` comes from: the sum of index · stride over the axes, plus `offset`. A stride of
 * 0 repeats.
 */
export function placesOf(shape: Shape, strides: readonly number[], offset = 0): Int32Array {
  const places = new Int32Array(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let place = offset;
  for (let i = 0; i < places.length; i++) {
    places[i] = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      place += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      place -= index[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return places;
}

/** For each element of `shape`, the index of its element in an array that is broadcast to it. */
export function broadcastPlaces(from: Shape, shape: Shape): Int32Array {
  const own = stridesOf(from);
  const offset = shape.length - from.length;
  const strides = shape.map((_, axis) =>
    axis < offset || from[axis - offset] === 1 ? 0 : own[axis - offset]!,
  );
  return placesOf(shape, strides);
}

/** `fn` of the elements of inputs that are broadcast to `shape`. */
export function mapValues(
  inputs: readonly Values[],
  shape: Shape,
  fn: (...elements: number[]) => number,
): Float64Array {
  const places = inputs.map((x) => broadcastPlaces(x.shape, shape));
  return Float64Array.from({ length: sizeOf(shape) }, (_, i) =>
    fn(...inputs.map(({ data }, n) => data[places[n]![i]!]!)),
  );
}

/** `fn` of the elements that each element of a reduction over `axes` reduces, in row-major order. */
export function reduceValues(
  x: Values,
  axes: readonly number[],
  fn: (elements: Float64Array) => number,
): Float64Array {
  const strides = stridesOf(x.shape);
  const kept = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const pick = (chosen: readonly number[]) =>
    placesOf(
      chosen.map((axis) => x.shape[axis]!),
      chosen.map((axis) => strides[axis]!),
    );
  const within = pick(axes);
  return Float64Array.from(pick(kept), (start) =>
    fn(Float64Array.from(within, (place) => x.data[start + place]!)),
  );
}

/** Pieces of `x` along its last axis, as views. */
export function rowsOf(x: Values): Float64Array[] {
  const width = x.shape.at(-1)!;
  return Array.from({ length: width === 0 ? 0 : x.data.length / width }, (_, row) =>
    x.data.subarray(row * width, (row + 1) * width),
  );
}

/** Views of the matrices of `x [..., rows, columns]`. */
export function matricesOf(x: Values): Float64Array[] {
  const size = x.shape.at(-1)! * x.shape.at(-2)!;
  return Array.from({ length: sizeOf(x.shape.slice(0, -2)) }, (_, i) =>
    x.data.subarray(i * size, (i + 1) * size),
  );
}

/** softmax of each row, in place. */
export function softmaxRows(rows: readonly Float64Array[]): void {
  for (const row of rows) {
    const top = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    let total = 0;
    for (let i = 0; i < row.length; i++) total += row[i] = Math.exp(row[i]! - top);
    for (let i = 0; i < row.length; i++) row[i]! /= total;
  }
}
