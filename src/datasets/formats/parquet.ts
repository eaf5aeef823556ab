// `parquet`: columns `input_ids` and `labels`, lists of int32; a row group a block.

import type { RowGroup, SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { UserError } from '../../core/index.ts';
import { ParquetDecoder, ParquetFile } from '../../files/parquet-file.ts';
import type { HashedFile } from '../hashed-file.ts';
import {
  damagedFile,
  type EncodedBlock,
  FORMAT_EXTENSIONS,
  type FormatCodec,
  labelTokens,
  type SequenceLayout,
  type ShardReader,
  type ShardWriter,
} from './codec.ts';
import { appendListColumn } from './parquet-block.ts';
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

// Ids are next to random: compression would gain nothing over indices of just the bits they need.

/** The magic number before the first row group. */
const MAGIC_BYTES = 4;

export const parquetCodec: FormatCodec = {
  extensions: FORMAT_EXTENSIONS.parquet,
  chooseDType: () => 'int32',
  encodeBlock,
  startShard: (_layout, _sequences, [file]) => startShard(file!),
  openShard: (layout, sequences, [file]) => openParquet(layout, sequences, file!),
  // A process for each shard would take more memory than the data.
  createOpener: () => {
    const decoder = new ParquetDecoder();
    return {
      openShard: (layout, sequences, [file]) => openParquet(layout, sequences, file!, decoder),
      close: () => decoder.close(),
    };
  },
};

function createWriter() {
  const writer = new ByteWriter();
  return { writer, parquet: new ParquetWriter({ writer, schema: SCHEMA, createdBy: 'primordia' }) };
}

/** A row group as the first of a file; `note` describes it. */
function encodeBlock(layout: SequenceLayout, tokens: Int32Array): EncodedBlock {
  const { sequenceLength } = layout;
  const { writer } = createWriter();
  const columns = [
    appendListColumn(writer, 'input_ids', tokens, sequenceLength),
    appendListColumn(writer, 'labels', labelTokens(layout, tokens), sequenceLength),
  ];
  const bytes = writer.getBytes().slice(MAGIC_BYTES);
  const size = BigInt(bytes.length);
  const note: RowGroup = {
    columns,
    total_byte_size: size,
    total_compressed_size: size,
    num_rows: BigInt(tokens.length / sequenceLength),
  };
  return { bytes, note };
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
  decoder?: ParquetDecoder,
): Promise<ShardReader> {
  await (await openForReading(file)).close();
  const parquet = explainParquet(file, () => new ParquetFile(file, decoder));
  try {
    checkContent(parquet, sequences);
    const groups = { input_ids: createGroupCache(), labels: createGroupCache() };
    const read = (column: Column) => async (first: number, count: number) => {
      checkSequences(first, count, sequences);
      const { sequenceLength } = layout;
      const out = new Int32Array(count * sequenceLength);
      for (const group of listGroups(parquet)) {
        const begin = Math.max(first, group.start);
        const end = Math.min(first + count, group.end);
        if (begin >= end) continue;
        const values = groups[column](group.start, () =>
          readGroup(parquet, { column, sequenceLength, ...group }),
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
      close: async () => parquet.close(),
    };
  } catch (error) {
    parquet.close();
    throw error;
  }
}

/** Errors of reading, with what to do about a shard. */
function explainParquet<T>(file: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof UserError) || error.hint !== undefined) throw error;
    throw damagedFile(file, error.message.replace(`${file}: `, ''), error);
  }
}

function checkContent({ file, content }: ParquetFile, sequences: number): void {
  const { rows, columns } = content;
  if (rows !== sequences) {
    throw damagedFile(file, `it has ${rows} rows, the manifest says ${sequences} sequences`);
  }
  const missing = COLUMNS.find((column) => !columns.some(({ name }) => name === column));
  if (missing) throw damagedFile(file, `no column "${missing}"`);
}

type Group = { readonly start: number; readonly end: number };

function listGroups({ content: { rowGroups } }: ParquetFile): Group[] {
  return rowGroups.slice(1).map((end, i) => ({ start: rowGroups[i]!, end }));
}

function readGroup(
  parquet: ParquetFile,
  group: Group & { readonly column: Column; readonly sequenceLength: number },
): Int32Array {
  const { column, sequenceLength, start, end } = group;
  const { file } = parquet;
  const rows = explainParquet(file, () => parquet.read(column, start, end - start));
  const out = new Int32Array((end - start) * sequenceLength);
  for (const [i, values] of rows.entries()) {
    if (!Array.isArray(values) || values.length !== sequenceLength) {
      const found = Array.isArray(values) ? values.length : 'no';
      throw damagedFile(
        file,
        `row ${start + i} has ${found} values in "${column}", not ${sequenceLength}`,
      );
    }
    if (!values.every(Number.isInteger)) {
      throw damagedFile(
        file,
        `row ${start + i} has a value in "${column}" that is not a whole number`,
      );
    }
    out.set(values, i * sequenceLength);
  }
  return out;
}

/** Row groups decoded last: reading in order decodes each once. */
const CACHED_GROUPS = 4;

function createGroupCache() {
  const cached = new Map<number, Int32Array>();
  return (start: number, decode: () => Int32Array): Int32Array => {
    const values = cached.get(start) ?? decode();
    cached.delete(start);
    cached.set(start, values);
    if (cached.size > CACHED_GROUPS) cached.delete(cached.keys().next().value!);
    return values;
  };
}
