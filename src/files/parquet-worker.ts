// The process in which Parquet files are decoded.

import { closeSync, readSync } from 'node:fs';
import {
  type AsyncBuffer,
  type CompressionCodec,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet';
import { UserError } from '../core/index.ts';
import { loadParquetCompressors } from './parquet-compressors.ts';
import type { ParquetColumn, ParquetContent, ParquetRequest } from './parquet-file.ts';
import { openRegularFile } from './read-file.ts';
import { serveCalls } from './serve-calls.ts';

/** Rows of a group, which is decoded as a whole; writers make at most a few million. */
const MAX_GROUP_ROWS = 2 ** 24;
const MAX_PAGE_BYTES = 2 ** 29;
/** In the rows of a call. */
const MAX_CHARACTERS = 2 ** 28;
const MAX_METADATA_BYTES = 2 ** 26;

/** Files that are open at a time, and the bytes of their metadata, which take several times as much when parsed. */
const MAX_OPEN_FILES = 64;
const MAX_OPEN_METADATA_BYTES = 2 ** 24;

type OpenFile = {
  readonly descriptor: number;
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly metadataBytes: number;
};

/** Files by name, the one used last at the end. */
const open = new Map<string, OpenFile>();

async function handle(request: ParquetRequest): Promise<unknown> {
  const { file } = request;
  try {
    // Another file may have taken the name since.
    if (request.kind === 'open') closeFile(file);
    const source = open.get(file) ?? (await openFile(file));
    open.delete(file);
    open.set(file, source);
    closeOldest();
    return request.kind === 'open'
      ? describeContent(source.metadata)
      : await readColumn(source, request.column, request.first, request.count);
  } catch (error) {
    if (error instanceof UserError) throw error;
    // Errors of the library say what is wrong with the bytes, but not with which file.
    throw new UserError(`${file}: not an intact Parquet file: ${(error as Error).message}`);
  }
}

async function openFile(file: string): Promise<OpenFile> {
  const { descriptor, size } = openRegularFile(file);
  try {
    const buffer = asAsyncBuffer(descriptor, size);
    let metadataBytes = 0;
    if (size >= 8) {
      metadataBytes = new DataView(await buffer.slice(size - 8)).getUint32(0, true);
      if (metadataBytes > MAX_METADATA_BYTES) {
        throw new Error(`${metadataBytes.toLocaleString('en-US')} bytes of metadata are too many`);
      }
    }
    const metadata = await parquetMetadataAsync(buffer, { geoparquet: false });
    return { descriptor, buffer, metadata, metadataBytes };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function closeFile(file: string): void {
  const source = open.get(file);
  if (source === undefined) return;
  open.delete(file);
  closeSync(source.descriptor);
}

/** Closes the files that were used least recently, until the others are within the limits. The last one stays. */
function closeOldest(): void {
  let bytes = 0;
  for (const { metadataBytes } of open.values()) bytes += metadataBytes;
  for (const [file, { metadataBytes }] of open) {
    const isWithin = open.size <= MAX_OPEN_FILES && bytes <= MAX_OPEN_METADATA_BYTES;
    if (isWithin || open.size === 1) return;
    bytes -= metadataBytes;
    closeFile(file);
  }
}

/** The file as the library reads it. */
function asAsyncBuffer(descriptor: number, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    // Slices are read at once: the library asks for several and waits for one after the other.
    slice: (start, end = byteLength) => {
      if (!(start >= 0 && start <= end && end <= byteLength)) {
        throw new Error(`bytes ${start} to ${end} are not among ${byteLength}`);
      }
      const bytes = new Uint8Array(end - start);
      let done = 0;
      while (done < bytes.length) {
        const read = readSync(descriptor, bytes, done, bytes.length - done, start + done);
        if (read === 0) throw new Error(`it ends at byte ${start + done}`);
        done += read;
      }
      return bytes.buffer;
    },
  };
}

function describeContent({ num_rows, row_groups, schema }: FileMetaData): ParquetContent {
  const rowGroups = [0];
  for (const [i, group] of row_groups.entries()) {
    const rows = Number(group.num_rows);
    if (!(rows >= 0 && rows <= MAX_GROUP_ROWS)) {
      throw new Error(`row group ${i} has ${rows.toLocaleString('en-US')} rows`);
    }
    rowGroups.push(rowGroups.at(-1)! + rows);
  }
  const rows = Number(num_rows);
  if (rowGroups.at(-1) !== rows) {
    throw new Error(`its row groups have ${rowGroups.at(-1)} rows of ${rows}`);
  }
  const rowGroupBytes = row_groups.map((group) => Number(group.total_byte_size));
  const rowGroupValues = row_groups.map(({ columns }) =>
    columns.reduce((most, { meta_data: data }) => Math.max(most, Number(data?.num_values ?? 0)), 0),
  );
  return { rows, rowGroups, rowGroupBytes, rowGroupValues, columns: listColumns(schema) };
}

/** The leaves of the schema, which lists a tree in depth-first order. */
function listColumns(schema: FileMetaData['schema']): ParquetColumn[] {
  const columns: ParquetColumn[] = [];
  const visit = (index: number, path: readonly string[]): number => {
    const { name, type, num_children: children = 0 } = schema[index]!;
    const own = index === 0 ? path : [...path, name];
    if (children === 0 && type) columns.push({ name: own[0] ?? name, path: own, type });
    let next = index + 1;
    for (let i = 0; i < children; i++) next = visit(next, own);
    return next;
  };
  visit(0, []);
  return columns;
}

async function readColumn(
  { buffer, metadata }: OpenFile,
  column: string,
  first: number,
  count: number,
): Promise<unknown[]> {
  const rows = await parquetReadObjects({
    file: buffer,
    metadata,
    columns: [column],
    rowStart: first,
    rowEnd: first + count,
    compressors: await loadParquetCompressors(MAX_PAGE_BYTES, listCodecs(metadata)),
  });
  const values = rows.map((row) => row[column]);
  requireBounded(values);
  return values;
}

function listCodecs({ row_groups }: FileMetaData): ReadonlySet<CompressionCodec> {
  const columns = row_groups.flatMap((group) => group.columns);
  return new Set(columns.flatMap(({ meta_data: data }) => data?.codec ?? []));
}

/** A string that is there once in the file may be referred to by every row, and is copied for each of them. */
function requireBounded(values: readonly unknown[]): void {
  let characters = 0;
  for (const value of values) if (typeof value === 'string') characters += value.length;
  if (characters > MAX_CHARACTERS) {
    throw new Error(`its rows hold more than ${MAX_CHARACTERS.toLocaleString('en-US')} characters`);
  }
}

serveCalls(handle);
