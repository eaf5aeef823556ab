// `parquet`: columns `input_ids` and `labels`, lists of int32; a row group a block.

import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  type RowGroup,
  type SchemaElement,
} from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { UserError } from '../../core/index.ts';
import type { HashedFile } from '../hashed-file.ts';
import {
  damagedFile,
  type EncodedBlock,
  type FormatCodec,
  labelTokens,
  type SequenceLayout,
  type ShardReader,
  type ShardWriter,
} from './codec.ts';
import { checkSequences, openForReading } from './raw-tokens.ts';

const COLUMNS = ['input_ids', 'labels'] as const;
type Column = (typeof COLUMNS)[number];

/** A required list of required int32, in the three levels that the Parquet format prescribes. */
function listSchema(name: Column): SchemaElement[] {
  return [
    {
      name,
      repetition_type: 'REQUIRED',
      num_children: 1,
      converted_type: 'LIST',
      logical_type: { type: 'LIST' },
    },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'INT32', repetition_type: 'REQUIRED' },
  ];
}

const SCHEMA: SchemaElement[] = [
  { name: 'schema', num_children: COLUMNS.length },
  ...COLUMNS.flatMap(listSchema),
];

/** The magic number before the first row group. */
const MAGIC_BYTES = 4;

export const parquetCodec: FormatCodec = {
  extensions: ['parquet'],
  chooseDType: () => 'int32',
  encodeBlock,
  startShard: (_layout, _sequences, [file]) => startShard(file!),
  openShard: (layout, sequences, [file]) => openParquet(layout, sequences, file!),
};

function createWriter() {
  const writer = new ByteWriter();
  // Ids are next to random: compression gains nothing over the dictionary's indices, of just the bits they need.
  const options = { schema: SCHEMA, codec: 'UNCOMPRESSED', statistics: false } as const;
  return { writer, parquet: new ParquetWriter({ writer, ...options, createdBy: 'primordia' }) };
}

/** A row group as the first of a file; `note` describes it. */
function encodeBlock(layout: SequenceLayout, tokens: Int32Array): EncodedBlock {
  const { writer, parquet } = createWriter();
  const labels = labelTokens(layout, tokens);
  const column = (name: Column, values: Int32Array) => ({
    name,
    data: toRows(values, layout.sequenceLength),
    encoding: 'RLE_DICTIONARY' as const,
    offsetIndex: false,
  });
  parquet.write({
    columnData: [column('input_ids', tokens), column('labels', labels)],
    rowGroupSize: tokens.length / layout.sequenceLength,
  });
  return { bytes: writer.getBytes().slice(MAGIC_BYTES), note: parquet.row_groups[0] };
}

function toRows(values: Int32Array, length: number): number[][] {
  return Array.from({ length: values.length / length }, (_, row) =>
    Array.from(values.subarray(row * length, (row + 1) * length)),
  );
}

function startShard(file: HashedFile): ShardWriter {
  const { writer, parquet } = createWriter();
  file.write(writer.getBytes());
  return {
    append: ({ bytes, note }) => {
      const group = moveRowGroup(note as RowGroup, file.position - MAGIC_BYTES);
      file.write(bytes);
      parquet.row_groups.push(group);
      parquet.num_rows += group.num_rows;
    },
    finish: () => {
      const begin = writer.getBytes().length;
      parquet.finish();
      file.write(writer.getBytes().subarray(begin));
    },
  };
}

/** The description of a row group that lies `distance` bytes further on. */
function moveRowGroup(group: RowGroup, distance: number): RowGroup {
  const move = BigInt(distance);
  return {
    ...group,
    columns: group.columns.map((chunk) => {
      const meta = chunk.meta_data!;
      const dictionary = meta.dictionary_page_offset;
      return {
        ...chunk,
        file_offset: chunk.file_offset + move,
        meta_data: {
          ...meta,
          data_page_offset: meta.data_page_offset + move,
          ...(dictionary === undefined ? {} : { dictionary_page_offset: dictionary + move }),
        },
      };
    }),
  };
}

async function openParquet(
  layout: SequenceLayout,
  sequences: number,
  file: string,
): Promise<ShardReader> {
  const handle = await openForReading(file);
  try {
    const source = asAsyncBuffer(handle, (await handle.stat()).size);
    const metadata = await explainParquet(file, () => parquetMetadataAsync(source));
    checkMetadata(metadata, sequences, file);
    const groups = { input_ids: createGroupCache(), labels: createGroupCache() };
    const read = (column: Column) => async (first: number, count: number) => {
      checkSequences(first, count, sequences);
      const { sequenceLength } = layout;
      const out = new Int32Array(count * sequenceLength);
      for (const group of listGroups(metadata)) {
        const begin = Math.max(first, group.start);
        const end = Math.min(first + count, group.end);
        if (begin >= end) continue;
        const values = await groups[column](group.start, () =>
          readGroup(source, metadata, file, { column, sequenceLength, ...group }),
        );
        const from = (begin - group.start) * sequenceLength;
        const to = (end - group.start) * sequenceLength;
        out.set(values.subarray(from, to), (begin - first) * sequenceLength);
      }
      return out;
    };
    return {
      read: read('input_ids'),
      readLabels: read('labels'),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * The file as the Parquet library reads it. Slices are read at once: it asks for several and waits for one after the
 * other, so that the failure of a later one would end the process.
 */
function asAsyncBuffer(handle: FileHandle, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    slice: (start, end = byteLength) => {
      if (!(start >= 0 && start <= end && end <= byteLength)) {
        throw new RangeError(`bytes ${start} to ${end} are not among ${byteLength}`);
      }
      const bytes = new Uint8Array(end - start);
      let done = 0;
      while (done < bytes.length) {
        const read = readSync(handle.fd, bytes, done, bytes.length - done, start + done);
        if (read === 0) throw new RangeError(`the file ends at byte ${start + done}`);
        done += read;
      }
      return bytes.buffer;
    },
  };
}

/** Errors of the Parquet library say what is wrong with the bytes, but not with which file. */
async function explainParquet<T>(file: string, body: () => T | Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damagedFile(file, `not an intact Parquet file: ${(error as Error).message}`, error);
  }
}

function checkMetadata(metadata: FileMetaData, sequences: number, file: string): void {
  const rows = Number(metadata.num_rows);
  if (rows !== sequences) {
    throw damagedFile(file, `it has ${rows} rows, the manifest says ${sequences} sequences`);
  }
  const inGroups = metadata.row_groups.reduce((sum, { num_rows }) => sum + Number(num_rows), 0);
  if (inGroups !== rows) throw damagedFile(file, `its row groups have ${inGroups} rows of ${rows}`);
  const names = metadata.schema.map(({ name }) => name);
  const missing = COLUMNS.find((column) => !names.includes(column));
  if (missing) throw damagedFile(file, `no column "${missing}"`);
}

type Group = { readonly start: number; readonly end: number };

function listGroups({ row_groups }: FileMetaData): Group[] {
  let start = 0;
  return row_groups.map(({ num_rows }) => {
    const end = start + Number(num_rows);
    const group = { start, end };
    start = end;
    return group;
  });
}

async function readGroup(
  source: AsyncBuffer,
  metadata: FileMetaData,
  file: string,
  group: Group & { readonly column: Column; readonly sequenceLength: number },
): Promise<Int32Array> {
  const { column, sequenceLength, start, end } = group;
  const rows = await explainParquet(file, () =>
    parquetReadObjects({
      file: source,
      metadata,
      columns: [column],
      rowStart: start,
      rowEnd: end,
    }),
  );
  const out = new Int32Array((end - start) * sequenceLength);
  for (let i = 0; i < end - start; i++) {
    const values = rows[i]?.[column] as ArrayLike<number> | undefined;
    if (values?.length !== sequenceLength) {
      const found = `${values?.length ?? 'no'} values in "${column}"`;
      throw damagedFile(file, `row ${start + i} has ${found}, not ${sequenceLength}`);
    }
    out.set(values, i * sequenceLength);
  }
  return out;
}

/** Row groups decoded last: reading in order decodes each once. */
const CACHED_GROUPS = 4;

function createGroupCache() {
  const cached = new Map<number, Int32Array>();
  return async (start: number, decode: () => Promise<Int32Array>): Promise<Int32Array> => {
    const values = cached.get(start) ?? (await decode());
    cached.delete(start);
    cached.set(start, values);
    if (cached.size > CACHED_GROUPS) cached.delete(cached.keys().next().value!);
    return values;
  };
}
