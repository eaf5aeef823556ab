// Arrays as plain data: what goes into a compiled program, comes out of it, and lies in a checkpoint.

import { flattenTree, mapTree, type Tree } from './tree.ts';

export const DTYPES = ['float32', 'float64', 'int32', 'int64', 'bool'] as const;
/** Element type of an array or traced tensor. */
export type DType = (typeof DTYPES)[number];

/** Sizes of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

export type TypedArray = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** A dense row-major array. `data.length` is the product of `shape`; bool is one byte an element. */
export type NdArray = { readonly dtype: DType; readonly shape: Shape; readonly data: TypedArray };

/** The shape and dtype of an array, without its values. */
export type ArraySpec = { readonly dtype: DType; readonly shape: Shape };

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function isArraySpec(node: unknown): node is ArraySpec {
  const candidate = node as ArraySpec | null;
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    Array.isArray(candidate.shape) &&
    typeof candidate.dtype === 'string'
  );
}

export function isNdArray(node: unknown): node is NdArray {
  return isArraySpec(node) && ArrayBuffer.isView((node as NdArray).data);
}

/** A spec leaf, for describing inputs: `spec('float32', [batch, time])`. */
export function spec(dtype: DType, shape: Shape): ArraySpec {
  return { dtype, shape };
}

const CONSTRUCTORS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;

/** Bytes an element takes. */
export function bytesPerElement(dtype: DType): number {
  return CONSTRUCTORS[dtype].BYTES_PER_ELEMENT;
}

/** A zero-filled typed array for `count` elements of `dtype`. */
export function allocate(dtype: DType, count: number): TypedArray {
  return new CONSTRUCTORS[dtype](count);
}

/** A typed array over existing bytes, without a copy. */
export function viewBytes(
  dtype: DType,
  buffer: ArrayBufferLike,
  byteOffset: number,
  count: number,
): TypedArray {
  return new CONSTRUCTORS[dtype](buffer as ArrayBuffer, byteOffset, count);
}

/** An array of zeros. */
export function zeros(dtype: DType, shape: Shape): NdArray {
  return { dtype, shape, data: allocate(dtype, sizeOf(shape)) };
}

/** An array from numbers; `data` defaults to one scalar. Throws RangeError when sizes disagree. */
export function arrayOf(
  dtype: DType,
  shape: Shape,
  values: ArrayLike<number | bigint> | number,
): NdArray {
  const list = typeof values === 'number' ? [values] : values;
  if (list.length !== sizeOf(shape)) {
    throw new RangeError(`${list.length} values do not fill shape [${shape.join(', ')}]`);
  }
  const data = allocate(dtype, list.length);
  for (let i = 0; i < list.length; i++) {
    if (data instanceof BigInt64Array) data[i] = BigInt(list[i]!);
    else data[i] = Number(list[i]);
  }
  return { dtype, shape, data };
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
