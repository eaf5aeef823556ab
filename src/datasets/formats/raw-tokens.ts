// Tokens as little-endian integers one after the other: what bin, npy and megatron have in common.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { endianness } from 'node:os';
import { UserError } from '../../core/index.ts';
import {
  damagedFile,
  type EncodedBlock,
  rowLength,
  type SequenceLayout,
  type ShardReader,
  type TokenDType,
} from './codec.ts';

/** Bytes of a token. */
export function tokenBytes(dtype: TokenDType): number {
  return dtype === 'uint16' ? 2 : 4;
}

/** Tokens as bytes of the file. */
export function encodeRawTokens(dtype: TokenDType, tokens: Int32Array): EncodedBlock {
  const array = dtype === 'uint16' ? Uint16Array.from(tokens) : tokens.slice();
  const bytes = Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  return { bytes: toNativeOrder(bytes, dtype) };
}

/** Sequences as rows of the file, each with its row token where the format has one. */
export function encodeRows(layout: SequenceLayout, tokens: Int32Array): EncodedBlock {
  const { rowToken, sequenceLength, dtype } = layout;
  if (!rowToken) return encodeRawTokens(dtype, tokens);
  const rows = new Int32Array((tokens.length / sequenceLength) * (sequenceLength + 1));
  const begin = rowToken.place === 'first' ? 1 : 0;
  rows.fill(rowToken.id);
  for (let from = 0, to = begin; from < tokens.length; from += sequenceLength) {
    rows.set(tokens.subarray(from, from + sequenceLength), to);
    to += sequenceLength + 1;
  }
  return encodeRawTokens(dtype, rows);
}

/** Sequences from rows; a UserError where a row token is another one. */
function takeSequences(
  layout: SequenceLayout,
  rows: Int32Array,
  file: string,
  first: number,
): Int32Array {
  const { rowToken, sequenceLength } = layout;
  if (!rowToken) return rows;
  const length = sequenceLength + 1;
  const begin = rowToken.place === 'first' ? 1 : 0;
  const tokens = new Int32Array((rows.length / length) * sequenceLength);
  for (let row = 0; row * length < rows.length; row++) {
    const at = row * length;
    const found = rows[rowToken.place === 'first' ? at : at + sequenceLength];
    if (found !== rowToken.id) {
      throw damagedFile(file, `row ${first + row} has ${found} where ${rowToken.id} belongs`);
    }
    tokens.set(rows.subarray(at + begin, at + begin + sequenceLength), row * sequenceLength);
  }
  return tokens;
}

/** Little-endian bytes to the machine's order, or back, in place. */
function toNativeOrder(bytes: Buffer, dtype: TokenDType): Buffer {
  if (endianness() === 'LE') return bytes;
  return dtype === 'uint16' ? bytes.swap16() : bytes.swap32();
}

/** @throws UserError naming the file when it cannot be opened, or is not a regular file */
export async function openForReading(file: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    // Without the flag, opening a pipe would wait for its other end.
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'the file is missing' : `cannot be opened (${code})`;
    throw damagedFile(file, problem, error);
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw damagedFile(file, 'it is a directory, a pipe or a device, not a regular file');
}

/** Bytes `position .. position+length-1`; a UserError where the file ends before. */
export async function readExactly(
  handle: FileHandle,
  file: string,
  position: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) throw damagedFile(file, `truncated: it ends at byte ${position + done}`);
    done += bytesRead;
  }
  return buffer;
}

/** Reads a part of a file, then closes it. */
export async function withFileHandle<T>(
  file: string,
  body: (handle: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  const handle = await openForReading(file);
  try {
    return await body(handle, (await handle.stat()).size);
  } finally {
    await handle.close();
  }
}

/**
 * A reader of raw tokens that begin `offset` bytes into the file.
 *
 * @throws UserError if the file is missing or has not the size that its sequences take
 */
export async function openRawTokens(
  layout: SequenceLayout,
  sequences: number,
  file: string,
  offset: number,
): Promise<ShardReader> {
  const { dtype } = layout;
  const rowBytes = rowLength(layout) * tokenBytes(dtype);
  const handle = await openForReading(file);
  const { size } = await handle.stat();
  const expected = offset + sequences * rowBytes;
  if (size !== expected) {
    await handle.close();
    throw damagedFile(
      file,
      `it has ${size} bytes, but ${sequences} sequences of ${rowLength(layout)} ${dtype} tokens ` +
        `take ${expected}: ${size < expected ? 'truncated' : 'too long'}`,
    );
  }
  return {
    read: async (first, count) => {
      checkSequences(first, count, sequences);
      const bytes = await readExactly(handle, file, offset + first * rowBytes, count * rowBytes);
      return takeSequences(layout, decodeRawTokens(dtype, bytes), file, first);
    },
    close: () => handle.close(),
  };
}

/** Tokens from bytes of the file, which begin at a multiple of 4 in their buffer and may be overwritten. */
export function decodeRawTokens(dtype: TokenDType, bytes: Buffer): Int32Array {
  const { buffer, byteOffset, byteLength } = toNativeOrder(bytes, dtype);
  return dtype === 'uint16'
    ? Int32Array.from(new Uint16Array(buffer, byteOffset, byteLength / 2))
    : new Int32Array(buffer, byteOffset, byteLength / 4);
}

/** @throws UserError unless sequences `first .. first+count-1` are among `available` */
export function checkSequences(first: number, count: number, available: number): void {
  if (Number.isSafeInteger(first) && first >= 0 && count >= 0 && first + count <= available) return;
  throw new UserError(`sequences ${first} to ${first + count - 1} are not among ${available}`);
}
