// Arrays as plain data: inputs and outputs of compiled programs, and contents of checkpoints.

import { roundToBfloat16, toBfloat16 } from './bfloat16.ts';
import { flattenTree, mapTree, type Tree } from './tree.ts';

/** Types of the elements of arrays. */
export const DTYPES = ['float32', 'float64', 'bfloat16', 'int32', 'int64', 'bool'] as const;
/** Element type of an array or traced tensor. A bfloat16 is the upper half of a float32. */
export type DType = (typeof DTYPES)[number];

/** Sizes of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

type ArrayTypes = {
  float32: Float32Array;
  float64: Float64Array;
  bfloat16: Uint16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  bool: Uint8Array;
};
/** What holds the elements of a dtype; int64 has bigints, bfloat16 the bits. */
export type TypedArray<D extends DType = DType> = ArrayTypes[D];

/** A dense row-major array. `data.length` is the product of `shape`; bool is one byte per element. */
export type NdArray<D extends DType = DType> = {
  readonly dtype: D;
  readonly shape: Shape;
  readonly data: TypedArray<D>;
};

/** The shape and dtype of an array, without its values. */
export type ArraySpec<D extends DType = DType> = { readonly dtype: D; readonly shape: Shape };

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Whether a value is a spec: a dtype and a shape. */
export function isArraySpec(node: unknown): node is ArraySpec {
  const candidate = node as ArraySpec | null;
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    Array.isArray(candidate.shape) &&
    typeof candidate.dtype === 'string'
  );
}

/** Whether a value is an array: a spec with data. */
export function isNdArray(node: unknown): node is NdArray {
  return isArraySpec(node) && ArrayBuffer.isView((node as NdArray).data);
}

/** A spec leaf, for describing inputs: `spec('float32', [batch, time])`. */
export function spec<D extends DType>(dtype: D, shape: Shape): ArraySpec<D> {
  return { dtype, shape };
}

type Constructor<Data> = {
  new (count: number): Data;
  new (buffer: ArrayBufferLike, byteOffset: number, count: number): Data;
  readonly BYTES_PER_ELEMENT: number;
};
const CONSTRUCTORS: { readonly [D in DType]: Constructor<ArrayTypes[D]> } = {
  float32: Float32Array,
  float64: Float64Array,
  bfloat16: Uint16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
};

/** Bytes per element. */
export function bytesPerElement(dtype: DType): number {
  return CONSTRUCTORS[dtype].BYTES_PER_ELEMENT;
}

/** A zero-filled typed array for `count` elements of `dtype`. */
export function allocate<D extends DType>(dtype: D, count: number): TypedArray<D> {
  return new CONSTRUCTORS[dtype](count);
}

/** A typed array over existing bytes, without a copy. */
export function viewBytes<D extends DType>(
  dtype: D,
  buffer: ArrayBufferLike,
  byteOffset: number,
  count: number,
): TypedArray<D> {
  return new CONSTRUCTORS[dtype](buffer, byteOffset, count);
}

/** An array of zeros. */
export function zeros<D extends DType>(dtype: D, shape: Shape): NdArray<D> {
  return { dtype, shape, data: allocate(dtype, sizeOf(shape)) };
}

/** An array from numbers; `data` defaults to one scalar. Throws RangeError when sizes disagree. */
export function arrayOf<D extends DType>(
  dtype: D,
  shape: Shape,
  values: ArrayLike<number | bigint> | number,
): NdArray<D> {
  const list = typeof values === 'number' ? [values] : values;
  if (list.length !== sizeOf(shape)) {
    throw new RangeError(`${list.length} values do not fill shape [${shape.join(', ')}]`);
  }
  const data = allocate(dtype, list.length);
  for (let i = 0; i < list.length; i++) {
    if (data instanceof BigInt64Array) data[i] = BigInt(list[i]!);
    else if (data instanceof Uint16Array) data[i] = bitsOf(Number(list[i]));
    else data[i] = Number(list[i]);
  }
  return { dtype, shape, data };
}

function bitsOf(value: number): number {
  return toBfloat16(Float32Array.of(roundToBfloat16(value)))[0]!;
}

/** Copies float leaves to another float dtype; other leaves are kept. */
export function castFloats(tree: Tree<NdArray>, dtype: 'float32' | 'float64'): Tree<NdArray> {
  return mapTree(tree, isNdArray, (leaf) =>
    leaf.dtype === 'float32' || leaf.dtype === 'float64'
      ? arrayOf(dtype, leaf.shape, leaf.data as Float32Array)
      : leaf,
  );
}

/** The number of elements over all leaves. */
export function countElements(tree: Tree<ArraySpec>): number {
  return flattenTree(tree, isArraySpec).reduce((sum, [, leaf]) => sum + sizeOf(leaf.shape), 0);
}
