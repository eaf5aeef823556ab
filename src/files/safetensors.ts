// The safetensors format: named arrays in one file, after a JSON header. Source: the reference
// implementation's format description, https://github.com/huggingface/safetensors ("Format").

import { closeSync, readSync } from 'node:fs';
import {
  allocate,
  bfloat16ToNumber,
  bytesPerElement,
  type DType,
  type NdArray,
  type Shape,
  sizeOf,
  type TypedArray,
  toBfloat16,
  UserError,
} from '../core/index.ts';
import { type FileOperations, writeFileAtomic } from './atomic.ts';
import { parseJson } from './json.ts';
import { openRegularFile } from './read-file.ts';
import { usableMemory } from './usable-memory.ts';

/** What a safetensors file holds. */
export type SafetensorsContent = {
  readonly tensors: Record<string, NdArray>;
  /** The header's `__metadata__`; empty if the file has none. */
  readonly metadata: Record<string, string>;
};

/** What a header says of one tensor. `begin` and `end` count bytes from the end of the header. */
export type SafetensorsEntry = {
  readonly name: string;
  readonly dtype: keyof typeof READABLE;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
};

export type SafetensorsHeader = {
  /** In the order of the data. */
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Record<string, string>;
};

/** Some loaders of the Hugging Face libraries refuse a file whose metadata lacks this. */
const DEFAULT_METADATA: Readonly<Record<string, string>> = { format: 'pt' };

// The reference implementation's limit, so that a hostile length cannot ask for more memory.
const LARGEST_HEADER = 100_000_000;
const LARGEST_READ = 2 ** 26;

const WRITTEN = {
  int64: 'I64',
  float64: 'F64',
  float32: 'F32',
  int32: 'I32',
  bfloat16: 'BF16',
  bool: 'BOOL',
} as const;
// The reference implementation's order, descending: larger elements first keeps every tensor aligned.
const DTYPE_ORDER = ['I64', 'F64', 'F32', 'I32', 'BF16', 'BOOL'];

export type SafetensorsOptions = {
  /** How float32 arrays are written: as they are, or each value as the nearest bfloat16, in half the bytes. */
  readonly float32As?: 'F32' | 'BF16';
};

/** The dtypes that can be read, with what they become and the bytes an element takes in the file. */
const READABLE = {
  F64: { dtype: 'float64', bytes: 8 },
  F32: { dtype: 'float32', bytes: 4 },
  F16: { dtype: 'float32', bytes: 2 },
  BF16: { dtype: 'float32', bytes: 2 },
  I64: { dtype: 'int64', bytes: 8 },
  I32: { dtype: 'int32', bytes: 4 },
  BOOL: { dtype: 'bool', bytes: 1 },
} as const satisfies Record<string, { dtype: DType; bytes: number }>;

/**
 * The bytes of a safetensors file in pieces; tensor data is passed through without a copy.
 * Equal content gives equal bytes: tensors are ordered by dtype (int64, float64, float32, int32,
 * bfloat16, bool) and then by name, metadata by key, both in code-unit order; the header is padded
 * with spaces to a multiple of 8 bytes. The reference implementation writes the same bytes.
 *
 * @throws RangeError if an array's data does not fill its shape, or a tensor is named `__metadata__`
 */
export function safetensorsPieces(
  tensors: Readonly<Record<string, NdArray>>,
  metadata: Readonly<Record<string, string>> = DEFAULT_METADATA,
  { float32As = 'F32' }: SafetensorsOptions = {},
): Uint8Array[] {
  const writtenAs = ({ dtype }: NdArray) => (dtype === 'float32' ? float32As : WRITTEN[dtype]);
  const order = (array: NdArray) => DTYPE_ORDER.indexOf(writtenAs(array));
  const ordered = Object.entries(tensors).sort(
    ([nameA, a], [nameB, b]) => order(a) - order(b) || compareNames(nameA, nameB),
  );
  const fields: string[] = [];
  const metadataFields = Object.entries(metadata)
    .sort(([a], [b]) => compareNames(a, b))
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  if (metadataFields.length > 0) fields.push(`"__metadata__":{${metadataFields.join(',')}}`);
  const data: Uint8Array[] = [];
  let offset = 0;
  for (const [name, array] of ordered) {
    if (name === '__metadata__') throw new RangeError('a tensor cannot be named __metadata__');
    if (array.data.byteLength !== sizeOf(array.shape) * bytesPerElement(array.dtype)) {
      throw new RangeError(
        `${name}: ${array.data.length} elements do not fill ${array.dtype} [${array.shape.join(', ')}]`,
      );
    }
    const dtype = writtenAs(array);
    const rounds = dtype === 'BF16' && array.dtype === 'float32';
    const written = rounds ? toBfloat16(array.data as Float32Array) : array.data;
    const bytes = bytesOf(written);
    const end = offset + bytes.length;
    // Fields are joined by hand: an object would put names like "0" before the others.
    fields.push(
      `${JSON.stringify(name)}:${JSON.stringify({
        dtype,
        shape: array.shape,
        data_offsets: [offset, end],
      })}`,
    );
    data.push(bytes);
    offset = end;
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(json, 8);
  return [header, ...data];
}

/** A safetensors file in memory; see `safetensorsPieces`. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, NdArray>>,
  metadata: Readonly<Record<string, string>> = DEFAULT_METADATA,
  options: SafetensorsOptions = {},
): Uint8Array {
  const pieces = safetensorsPieces(tensors, metadata, options);
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    out.set(piece, offset);
    offset += piece.length;
  }
  return out;
}

/**
 * Writes a safetensors file, atomically and without a second copy of the data in memory.
 * `metadata` defaults to `{ format: 'pt' }`, which some Hugging Face loaders insist on.
 *
 * @throws UserError if writing fails; RangeError as `safetensorsPieces`
 */
export function writeSafetensors(
  filePath: string,
  tensors: Readonly<Record<string, NdArray>>,
  metadata: Readonly<Record<string, string>> = DEFAULT_METADATA,
  files?: FileOperations,
): void {
  writeFileAtomic(filePath, safetensorsPieces(tensors, metadata), files);
}

/**
 * Reads a safetensors file from memory; arrays are copies. `source` names the file in errors.
 * F16 and BF16 become float32. Memory taken is in proportion to the bytes given, whatever they hold.
 *
 * @throws UserError if the bytes are not a whole, well-formed safetensors file
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  source = 'safetensors data',
): SafetensorsContent {
  return load({
    size: bytes.length,
    read: (target, position) => target.set(bytes.subarray(position, position + target.length)),
    source,
  });
}

/**
 * Reads a safetensors file, each tensor straight into its array; see `decodeSafetensors`.
 *
 * @throws UserError if the file is missing, or not a whole, well-formed safetensors file
 */
export function readSafetensors(filePath: string): SafetensorsContent {
  return withFile(filePath, load);
}

/** Reads and checks the header of a safetensors file alone. Throws as `readSafetensors`. */
export function readSafetensorsHeader(filePath: string): SafetensorsHeader {
  return withFile(filePath, loadHeader);
}

type Bytes = {
  readonly size: number;
  /** Fills `target` from `position`; the range lies within `size`. */
  readonly read: (target: Uint8Array, position: number) => void;
  readonly source: string;
};

function load(bytes: Bytes): SafetensorsContent {
  const { entries, metadata, dataStart } = loadHeader(bytes);
  refuseBeyondMemory(entries, bytes.source);
  const tensors = entries.map((entry): [string, NdArray] => {
    const data = loadTensor(bytes, entry, dataStart + entry.begin);
    return [entry.name, { dtype: READABLE[entry.dtype].dtype, shape: entry.shape, data }];
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

/** A sparse file may claim any size at no cost. */
function refuseBeyondMemory(entries: readonly SafetensorsEntry[], source: string): void {
  const needed = entries.reduce(
    (sum, { dtype, shape }) => sum + sizeOf(shape) * bytesPerElement(READABLE[dtype].dtype),
    0,
  );
  const memory = usableMemory();
  if (needed <= memory) return;
  const [need, have] = [needed, memory].map((bytes) => (bytes / 2 ** 30).toFixed(1));
  throw new UserError(`${source}: its tensors take ${need} GiB, there are ${have} GiB`);
}

function loadTensor(bytes: Bytes, entry: SafetensorsEntry, position: number): TypedArray {
  const count = sizeOf(entry.shape);
  if (entry.dtype === 'F16' || entry.dtype === 'BF16') {
    const halves = new Uint16Array(count);
    bytes.read(bytesOf(halves), position);
    const widen = entry.dtype === 'F16' ? halfToNumber : bfloat16ToNumber;
    const floats = new Float32Array(count);
    // Not `Float32Array.from`: it would collect every value in a list first.
    for (let i = 0; i < count; i++) floats[i] = widen(halves[i]!);
    return floats;
  }
  const data = allocate(READABLE[entry.dtype].dtype, count);
  bytes.read(bytesOf(data), position);
  if (entry.dtype === 'BOOL' && (data as Uint8Array).some((value) => value > 1)) {
    fail(bytes.source, `BOOL tensor ${quote(entry.name)} holds a byte other than 0 and 1`);
  }
  return data;
}

function loadHeader(bytes: Bytes): SafetensorsHeader & { readonly dataStart: number } {
  const { size, source } = bytes;
  if (size < 8) fail(source, `not a safetensors file: ${size} bytes are too few`);
  const prefix = new Uint8Array(8);
  bytes.read(prefix, 0);
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (length > LARGEST_HEADER) {
    fail(source, `not a safetensors file: its header would take ${length} bytes`);
  }
  if (length > size - 8) {
    fail(source, `truncated: a header of ${length} bytes is announced, ${size - 8} follow`);
  }
  const text = new Uint8Array(length);
  bytes.read(text, 8);
  const { entries, metadata } = parseHeader(text, source);
  const dataSize = size - 8 - length;
  let expected = 0;
  for (const { name, begin, end } of entries) {
    if (begin < expected) fail(source, `tensor ${quote(name)} overlaps the one before it`);
    if (begin > expected) {
      fail(source, `${begin - expected} bytes before tensor ${quote(name)} belong to none`);
    }
    if (end > dataSize) {
      fail(source, `truncated: tensor ${quote(name)} ends at byte ${end} of ${dataSize}`);
    }
    expected = end;
  }
  if (expected < dataSize) fail(source, `${dataSize - expected} bytes after the last tensor`);
  return { entries, metadata, dataStart: 8 + length };
}

function parseHeader(text: Uint8Array, source: string): SafetensorsHeader {
  let header: unknown;
  try {
    header = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(text), 'its header');
  } catch (error) {
    const reason = error instanceof UserError ? error.message : 'its header is not JSON';
    fail(source, `not a safetensors file: ${reason}`);
  }
  if (!isRecord(header)) fail(source, 'not a safetensors file: its header is not a JSON object');
  const entries: SafetensorsEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      if (!isRecord(value) || Object.values(value).some((text) => typeof text !== 'string')) {
        fail(source, '__metadata__ is not an object of strings');
      }
      metadata = value as Record<string, string>;
    } else {
      entries.push(parseEntry(name, value, source));
    }
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  return { entries, metadata };
}

function parseEntry(name: string, value: unknown, source: string): SafetensorsEntry {
  const where = `tensor ${quote(name)}`;
  if (!isRecord(value)) fail(source, `${where} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(READABLE, dtype)) {
    fail(
      source,
      `${where} has unknown dtype ${quote(dtype)}; known: ${Object.keys(READABLE).join(', ')}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    fail(source, `${where} has no valid shape: ${quote(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    fail(source, `${where} has no valid data_offsets: ${quote(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  const kind = dtype as keyof typeof READABLE;
  let bytes: number = READABLE[kind].bytes;
  for (const size of shape as number[]) {
    bytes *= size;
    if (!Number.isSafeInteger(bytes)) fail(source, `${where} is too large: ${quote(shape)}`);
  }
  if (begin > end || end - begin !== bytes) {
    fail(source, `${where} takes ${bytes} bytes, but its offsets are [${begin}, ${end}]`);
  }
  return { name, dtype: kind, shape: shape as number[], begin, end };
}

function withFile<T>(filePath: string, body: (bytes: Bytes) => T): T {
  const { descriptor, size } = openRegularFile(filePath);
  try {
    return body({
      size,
      read: (target, position) => readFully(descriptor, target, position, filePath),
      source: filePath,
    });
  } finally {
    closeSync(descriptor);
  }
}

function readFully(descriptor: number, target: Uint8Array, position: number, source: string) {
  let done = 0;
  while (done < target.length) {
    const count = Math.min(target.length - done, LARGEST_READ);
    const read = readSync(descriptor, target, done, count, position + done);
    if (read === 0) fail(source, 'truncated while it was read');
    done += read;
  }
}

function fail(source: string, problem: string): never {
  throw new UserError(`${source}: ${problem}`, {
    hint: 'the file is damaged or of another format; use another copy',
  });
}

function bytesOf(data: NodeJS.TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

// Errors stay on one line of readable length whatever the header holds.
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/** The value of IEEE 754 binary16 bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
