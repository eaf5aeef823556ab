// Parquet files: columns by rows. They are decoded in a thread under limits of time and memory, since a few bytes of a
// damaged file can stand for billions of values, or for an endless loop.

import { closeSync } from 'node:fs';
import { UserError } from '../core/index.ts';
import { LimitedWorker } from './limited-worker.ts';
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

/** An open Parquet file; `close` it when done. */
export class ParquetFile {
  readonly file: string;
  readonly content: ParquetContent;
  private readonly worker = new LimitedWorker(workerUrl());
  private readonly bytes: number;

  /** @throws UserError when the file cannot be read, or is no intact Parquet file */
  constructor(file: string) {
    const { descriptor, size } = openRegularFile(file);
    closeSync(descriptor);
    this.file = file;
    this.bytes = size;
    try {
      this.content = this.call({ kind: 'open', file }, `reading the metadata of ${file}`) as never;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Values of a column in rows `first .. first+count-1`: strings, numbers, bigints, null where there is none, arrays for
   * lists.
   *
   * @throws UserError when the bytes are damaged, or stand for more than 512 MiB
   */
  read(column: string, first: number, count: number): readonly unknown[] {
    const { file } = this;
    const what = `decoding rows ${first} to ${first + count - 1} of ${file}`;
    const values = this.call({ kind: 'read', file, column, first, count }, what) as unknown[];
    if (values.length === count) return values;
    throw new UserError(`${file}: rows ${first} to ${first + count - 1} are ${values.length} rows`);
  }

  close(): void {
    this.worker.close();
  }

  private call(request: ParquetRequest, what: string): unknown {
    return this.worker.call(request, {
      what,
      timeoutMs: 4000 + Math.round((1000 * this.bytes) / BYTES_PER_SECOND),
    });
  }
}

/** Threads are plain JavaScript: from sources, the built one is used. */
function workerUrl(): URL {
  const built = '../../dist/files/parquet-worker.js';
  return new URL(import.meta.url.endsWith('.ts') ? built : './parquet-worker.js', import.meta.url);
}
