// Encodes lists of one length as a column chunk of Parquet: far quicker than a writer that must expect any lists.
// Source: the Parquet format specification (pages v2, RLE and bit-packing hybrid, dictionary encoding).

import type { ColumnChunk } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';

/** Types of pages, encodings and thrift's fields, by their numbers in the format. */
const DICTIONARY_PAGE = 2;
const DATA_PAGE_V2 = 3;
const PLAIN = 0;
const RLE_DICTIONARY = 8;
const THRIFT_FALSE = 2;
const THRIFT_I32 = 5;
const THRIFT_STRUCT = 12;
/** Values in a bit-packed group. */
const GROUP = 8;

/**
 * Appends the chunk of a column of required lists of required int32: a page with the distinct values, and a page with
 * their indices. Offsets in the result are those of the writer.
 *
 * @param values `[rows * length]`
 */
export function appendListColumn(
  writer: ByteWriter,
  name: string,
  values: Int32Array,
  length: number,
): ColumnChunk {
  const begin = writer.offset;
  const { distinct, indices } = indexValues(values);
  const dictionary = encodePlain(distinct);
  appendPageHeader(writer, DICTIONARY_PAGE, dictionary.length, 7, [distinct.length, PLAIN]);
  writer.appendBytes(dictionary);
  const dataBegin = writer.offset;
  const rows = values.length / length;
  const repetition = encodeRepetition(rows, length);
  const definition = encodeRun(values.length, 1);
  const packed = packIndices(indices, bitWidth(distinct.length));
  const size = repetition.length + definition.length + packed.length;
  appendPageHeader(writer, DATA_PAGE_V2, size, 8, [
    values.length,
    0,
    rows,
    RLE_DICTIONARY,
    definition.length,
    repetition.length,
    false,
  ]);
  for (const part of [repetition, definition, packed]) writer.appendBytes(part);
  const total = BigInt(writer.offset - begin);
  return {
    file_offset: BigInt(begin),
    meta_data: {
      type: 'INT32',
      encodings: ['PLAIN', 'RLE_DICTIONARY'],
      path_in_schema: [name, 'list', 'element'],
      codec: 'UNCOMPRESSED',
      num_values: BigInt(values.length),
      total_uncompressed_size: total,
      total_compressed_size: total,
      dictionary_page_offset: BigInt(begin),
      data_page_offset: BigInt(dataBegin),
    },
  };
}

/** The distinct values in the order in which they come first, and the index of each value among them. */
function indexValues(values: Int32Array) {
  const known = new Map<number, number>();
  const indices = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    let index = known.get(value);
    if (index === undefined) {
      index = known.size;
      known.set(value, index);
    }
    indices[i] = index;
  }
  return { distinct: Int32Array.from(known.keys()), indices };
}

function encodePlain(values: Int32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) view.setInt32(4 * i, value, true);
  return new Uint8Array(view.buffer);
}

/** Bits for indices below `count`, at least one. */
function bitWidth(count: number): number {
  return Math.max(1, 32 - Math.clz32(count - 1));
}

/** `count` times one level of one bit. */
function encodeRun(count: number, level: number): Uint8Array {
  const run = new ByteWriter(8);
  run.appendVarInt(count << 1);
  run.appendUint8(level);
  return run.getBytes();
}

/** Repetition levels: 0 where a row begins, 1 where its list goes on. */
function encodeRepetition(rows: number, length: number): Uint8Array {
  const row = new ByteWriter(16);
  row.appendBytes(encodeRun(1, 0));
  if (length > 1) row.appendBytes(encodeRun(length - 1, 1));
  const bytes = row.getBytes();
  const out = new Uint8Array(rows * bytes.length);
  for (let i = 0; i < rows; i++) out.set(bytes, i * bytes.length);
  return out;
}

/** The bit width, then one bit-packed run: least significant bits first, filled up with zeros to whole groups. */
function packIndices(indices: Int32Array, width: number): Uint8Array {
  const groups = Math.ceil(indices.length / GROUP);
  const header = new ByteWriter(8);
  header.appendUint8(width);
  header.appendVarInt(groups * 2 + 1);
  const head = header.getBytes();
  const out = new Uint8Array(head.length + groups * width);
  out.set(head);
  let at = head.length;
  // With seven bits left over, indices of up to 25 bits fit into 32: more distinct values than a block has.
  let bits = 0;
  let count = 0;
  for (let i = 0; i < indices.length; i++) {
    bits |= indices[i]! << count;
    count += width;
    while (count >= 8) {
      out[at++] = bits & 255;
      bits >>>= 8;
      count -= 8;
    }
  }
  if (count > 0) out[at] = bits & 255;
  return out;
}

/** A page header with the struct `field`, whose fields are numbered from 1. */
function appendPageHeader(
  writer: ByteWriter,
  type: number,
  bytes: number,
  field: 7 | 8,
  values: readonly (number | false)[],
): void {
  const appendNumber = (value: number) => {
    writer.appendUint8((1 << 4) | THRIFT_I32);
    writer.appendZigZag(value);
  };
  appendNumber(type);
  appendNumber(bytes);
  appendNumber(bytes);
  writer.appendUint8(((field - 3) << 4) | THRIFT_STRUCT);
  for (const value of values) {
    if (value === false) writer.appendUint8((1 << 4) | THRIFT_FALSE);
    else appendNumber(value);
  }
  writer.appendUint8(0);
  writer.appendUint8(0);
}
