import { describe, expect, test } from 'vitest';
import {
  allocate,
  arrayOf,
  bytesPerElement,
  castFloats,
  countElements,
  DTYPES,
  isArraySpec,
  isNdArray,
  type NdArray,
  sizeOf,
  spec,
  viewBytes,
  zeros,
} from './array.ts';

test('sizeOf multiplies sizes; a scalar has one element', () => {
  expect(sizeOf([])).toBe(1);
  expect(sizeOf([2, 3, 4])).toBe(24);
  expect(sizeOf([2, 0])).toBe(0);
});

describe('arrayOf', () => {
  test('converts to the dtype', () => {
    expect(arrayOf('float32', [2], [0.1, 2]).data).toEqual(Float32Array.of(0.1, 2));
    expect(arrayOf('float64', [], 0.1).data).toEqual(Float64Array.of(0.1));
    expect(arrayOf('bfloat16', [2], [1.01, -2]).data).toEqual(Uint16Array.of(0x3f81, 0xc000));
    expect(arrayOf('int32', [2], [7, -7]).data).toEqual(Int32Array.of(7, -7));
    expect(arrayOf('int64', [2], [7, -7n]).data).toEqual(BigInt64Array.of(7n, -7n));
    expect(arrayOf('bool', [2], [0, 1]).data).toEqual(Uint8Array.of(0, 1));
    expect(arrayOf('int32', [1], [5n]).data).toEqual(Int32Array.of(5));
  });

  test('throws when values do not fill the shape', () => {
    expect(() => arrayOf('float32', [2, 2], [1, 2, 3])).toThrow(
      '3 values do not fill shape [2, 2]',
    );
    expect(() => arrayOf('float32', [2], 1)).toThrow(RangeError);
  });
});

test('every dtype has zeros, an element size and a view', () => {
  const bytes = { float32: 4, float64: 8, bfloat16: 2, int32: 4, int64: 8, bool: 1 };
  for (const dtype of DTYPES) {
    expect(bytesPerElement(dtype)).toBe(bytes[dtype]);
    expect(zeros(dtype, [2, 3]).data).toEqual(allocate(dtype, 6));
    const buffer = new ArrayBuffer(32);
    const view = viewBytes(dtype, buffer, 8, 2);
    expect(view.buffer).toBe(buffer);
    expect([view.byteOffset, view.length]).toEqual([8, 2]);
  }
});

test('specs and arrays are told from other nodes of a tree', () => {
  const array = arrayOf('float32', [1], [1]);
  expect([array, spec('bool', [2])].map(isArraySpec)).toEqual([true, true]);
  expect([array, spec('bool', [2])].map(isNdArray)).toEqual([true, false]);
  for (const other of [null, undefined, 3, 'x', [], {}, { shape: [1] }, { dtype: 'int32' }]) {
    expect(isArraySpec(other)).toBe(false);
    expect(isNdArray(other)).toBe(false);
  }
});

test('castFloats converts floats and keeps the rest', () => {
  const ids = arrayOf('int32', [1], [3]);
  const tree = { a: arrayOf('float64', [2], [0.1, 1]), list: [ids] };
  const cast = castFloats(tree, 'float32') as unknown as { a: NdArray; list: NdArray[] };
  expect(cast.a).toEqual(arrayOf('float32', [2], [0.1, 1]));
  expect(cast.list[0]).toBe(ids);
  expect(countElements(tree)).toBe(3);
});
