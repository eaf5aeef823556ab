// Parquet files: columns by rows. They are decoded in a process under limits of time and memory, since a few bytes of a
// damaged file can stand for billions of values, or for an endless loop.

import { closeSync } from 'node:fs';
import { UserError } from '../core/index.ts';
import { type CallLimits, LimitedWorker } from './limited-worker.ts';
import { openRegularFile } from './read-file.ts';

/** A column, with the path to its values: `['text']`, or `['input_ids', 'list', 'element']` of a list. */
export type ParquetColumn = {
  readonly name: string;
  readonly path: readonly string[];
  /** Parquet's physical type of the values, such as `INT32` or `BYTE_ARRAY`. */
  readonly type: string;
};

export type ParquetContent = {
  readonly rows: number;
  /** Columns in the order of the schema, with one entry per leaf. */
  readonly columns: readonly ParquetColumn[];
  /** First row of each row group, and at the end the number of rows: a group is decoded as a whole. */
  readonly rowGroups: readonly number[];
  /** Uncompressed bytes of each row group, as the file says. */
  readonly rowGroupBytes: readonly number[];
  /** Values of each row group in the column that has most of them, as the file says; nulls and paddings count. */
  readonly rowGroupValues: readonly number[];
};

export type ParquetRequest =
  | { readonly kind: 'open'; readonly file: string }
  | {
      readonly kind: 'read';
      readonly file: string;
      readonly column: string;
      readonly first: number;
      readonly count: number;
    };

/** Bytes of a file that are decoded in a second on the slowest machines. */
const BYTES_PER_SECOND = 2 ** 22;

/** Values that are decoded in a second on the slowest machines; thousands of equal ones may take a byte in the file. */
const VALUES_PER_SECOND = 2 ** 20;
/**
 * No limit is larger for the sake of more values, nor for more than padded rows have per byte: a damaged count would buy
 * itself a minute.
 */
const MAX_VALUES = 2 ** 26;
const MAX_VALUES_PER_BYTE = 256;
const LEAST_MS = 1500;

/**
 * The process in which Parquet files are decoded, one call at a time. It starts at the first call, and again after a
 * file that exceeded a limit. `close` it when done with its files.
 */
export class ParquetDecoder {
  private readonly worker = new LimitedWorker(workerUrl(), { isolation: 'process' });

  /** @throws UserError with the process's error; LimitExceeded */
  call(request: ParquetRequest, limits: CallLimits): unknown {
    return this.worker.call(request, limits);
  }

  close(): void {
    this.worker.close();
  }
}

/** An open Parquet file; `close` it when done. */
export class ParquetFile {
  readonly file: string;
  readonly content: ParquetContent;
  private readonly decoder: ParquetDecoder;
  private readonly ownsDecoder: boolean;
  private readonly bytes: number;

  /**
   * @param decoder the process that decodes this file among others; by default the file has one of its own
   * @throws UserError if the file cannot be read, or is not an intact Parquet file
   */
  constructor(file: string, decoder?: ParquetDecoder) {
    const { descriptor, size } = openRegularFile(file);
    closeSync(descriptor);
    this.file = file;
    this.bytes = size;
    this.decoder = decoder ?? new ParquetDecoder();
    this.ownsDecoder = decoder === undefined;
    try {
      this.content = this.call(
        { kind: 'open', file },
        `reading the metadata of ${file}`,
        0,
      ) as never;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Values of a column in rows `first .. first+count-1`: strings, numbers, bigints, null if there is none, arrays for
   * lists.
   *
   * @throws UserError if the bytes are damaged, or stand for more than 512 MiB
   */
  read(column: string, first: number, count: number): readonly unknown[] {
    const { file } = this;
    const what = `decoding rows ${first} to ${first + count - 1} of ${file}`;
    const request = { kind: 'read', file, column, first, count } as const;
    const values = this.call(request, what, this.countValues(first, count)) as unknown[];
    if (values.length === count) return values;
    throw new UserError(`${file}: rows ${first} to ${first + count - 1} are ${values.length} rows`);
  }

  close(): void {
    if (this.ownsDecoder) this.decoder.close();
  }

  /** Values of the row groups that rows are in, since those are decoded as a whole. */
  private countValues(first: number, count: number): number {
    const { rowGroups, rowGroupValues } = this.content;
    return rowGroupValues.reduce((sum, values, group) => {
      const isRead = rowGroups[group]! < first + count && rowGroups[group + 1]! > first;
      return isRead ? sum + values : sum;
    }, 0);
  }

  private call(request: ParquetRequest, what: string, values: number): unknown {
    const believed = Math.min(values, MAX_VALUES, MAX_VALUES_PER_BYTE * this.bytes);
    const seconds = this.bytes / BYTES_PER_SECOND + believed / VALUES_PER_SECOND;
    return this.decoder.call(request, { what, timeoutMs: LEAST_MS + Math.round(1000 * seconds) });
  }
}

/** Threads are plain JavaScript: from sources, the built one is used. */
function workerUrl(): URL {
  const built = '../../dist/files/parquet-worker.js';
  return new URL(import.meta.url.endsWith('.ts') ? built : './parquet-worker.js', import.meta.url);
}
