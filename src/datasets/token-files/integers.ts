// Whole numbers of any width as bytes, little-endian.

import { endianness } from 'node:os';

export const INTEGER_DTYPES = [
  ...(['uint8', 'uint16', 'uint32', 'uint64'] as const),
  ...(['int8', 'int16', 'int32', 'int64'] as const),
];
/** Type of the numbers in a file, by NumPy's name. */
export type IntegerDType = (typeof INTEGER_DTYPES)[number];

/** Bytes of a number. */
export function integerBytes(dtype: IntegerDType): 1 | 2 | 4 | 8 {
  return (Number(dtype.replace(/\D+/, '')) / 8) as 1 | 2 | 4 | 8;
}

/**
 * The numbers that little-endian bytes stand for, in the order of the file. Those of 64 bits beyond 2^53 are rounded.
 *
 * @param bytes at the start of their buffer, a multiple of the number's size; may be overwritten
 */
export function decodeIntegers(dtype: IntegerDType, bytes: Uint8Array): ArrayLike<number> {
  const { buffer, byteLength } = bytes;
  if (endianness() === 'BE') swapBytes(Buffer.from(buffer, 0, byteLength), integerBytes(dtype));
  switch (dtype) {
    case 'uint8':
      return bytes;
    case 'int8':
      return new Int8Array(buffer, 0, byteLength);
    case 'uint16':
      return new Uint16Array(buffer, 0, byteLength / 2);
    case 'int16':
      return new Int16Array(buffer, 0, byteLength / 2);
    case 'uint32':
      return new Uint32Array(buffer, 0, byteLength / 4);
    case 'int32':
      return new Int32Array(buffer, 0, byteLength / 4);
    case 'uint64':
      return Float64Array.from(
        new BigUint64Array(buffer as ArrayBuffer, 0, byteLength / 8),
        Number,
      );
    case 'int64':
      return Float64Array.from(new BigInt64Array(buffer as ArrayBuffer, 0, byteLength / 8), Number);
  }
}

function swapBytes(bytes: Buffer, width: 1 | 2 | 4 | 8): void {
  if (width === 2) bytes.swap16();
  if (width === 4) bytes.swap32();
  if (width === 8) bytes.swap64();
}
