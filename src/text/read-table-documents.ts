// Documents in tables: a column of CSV, TSV or Parquet.

import { closeSync, readSync, statSync } from 'node:fs';
import { CsvError, parse } from 'csv-parse/sync';
import { UserError } from '../core/index.ts';
import { type ParquetColumn, type ParquetDecoder, ParquetFile } from '../files/parquet-file.ts';
import { explainReadError, openRegularFile } from '../files/read-file.ts';
import { notFound, type TextNaming } from './text-record.ts';

/** A record is a document and what belongs to it; a quote that is never closed would make one of the whole file. */
const MAX_RECORD_CHARACTERS = 2 ** 28;
const MAX_HEADER_BYTES = 2 ** 20;

/**
 * The texts of a column of comma- or tab-separated values, whose first line names the columns. A `.csv` file may
 * be separated by semicolons or tabs, where its first line has the column only then.
 *
 * @param separator what the name of the file promises
 * @throws UserError for a missing column, and naming the line where records differ in length or quotes do not close
 */
export function readSeparatedValues(
  pieces: Iterable<Uint8Array>,
  file: string,
  separator: ',' | '\t',
  naming: TextNaming,
): readonly string[] {
  const bytes = Buffer.concat([...pieces]);
  const headerBytes = findHeaderEnd(bytes);
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new UserError(`${file}: its first line, which names the columns, is longer than 1 MiB`);
  }
  const texts: string[] = [];
  let column = -1;
  try {
    parse(bytes, {
      bom: true,
      delimiter:
        separator === ',' ? guessSeparator(bytes.subarray(0, headerBytes), naming.name) : separator,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: MAX_RECORD_CHARACTERS,
      on_record: (record: string[]) => {
        if (column < 0) column = findColumn(record, file, naming);
        else texts.push(record[column]!);
        // What is returned would be kept.
        return null;
      },
    });
    return texts;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UserError(`${file}: ${explainCsvError(error)}`, {
      hint: 'quote fields that hold separators, line breaks or quotes, and double the quotes in them',
      cause: error,
    });
  }
}

function findHeaderEnd(bytes: Buffer): number {
  const newline = bytes.indexOf('\n');
  return newline < 0 ? bytes.length : newline;
}

/** The separator under which the first line has the column, else one that is in it. */
function guessSeparator(header: Buffer, column: string): string {
  const separators = [',', ';', '\t'];
  return (
    separators.find((separator) => parseHeader(header, separator).includes(column)) ??
    separators.find((separator) => header.includes(separator)) ??
    ','
  );
}

function parseHeader(header: Buffer, delimiter: string): readonly string[] {
  try {
    const [record = []] = parse(header, { bom: true, delimiter, relax_quotes: true }) as string[][];
    return record;
  } catch (error) {
    // A quoted name may go on in the next line.
    if (error instanceof CsvError) return [];
    throw error;
  }
}

function findColumn(header: readonly string[], file: string, naming: TextNaming): number {
  const index = header.indexOf(naming.name);
  if (index >= 0) return index;
  throw notFound(file, `no column "${naming.name}" in its first line`, header, header, naming);
}

function explainCsvError(error: CsvError): string {
  const { lines } = error as { lines?: number };
  const at = lines === undefined ? '' : ` at line ${lines}`;
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return `a record that ends${at} has another number of fields than the first line`;
    case 'CSV_QUOTE_NOT_CLOSED':
      return `a quote is not closed at its end`;
    case 'CSV_MAX_RECORD_SIZE':
      return `a record${at} is longer than ${MAX_RECORD_CHARACTERS} characters; is a quote not closed?`;
    default:
      return error.message.replace(/\s+/g, ' ');
  }
}

/** Bytes that are decoded at a time, about. */
const BATCH_BYTES = 2 ** 26;
/** Nulls and repetitions cost a file next to nothing, but they all have to be counted. */
const ROWS_PER_BYTE = 100;
const FREE_ROWS = 2 ** 21;
/** What the bytes of a file stand for is at most so much more, or else decoded in larger batches. */
const LARGEST_EXPANSION = 1000;
const PARQUET_MAGIC = 'PAR1';

/**
 * Whether a file is Parquet by its first and last bytes.
 *
 * @throws UserError as `openRegularFile`
 */
export function isParquet(file: string): boolean {
  const { descriptor, size } = openRegularFile(file);
  try {
    const bytes = Buffer.alloc(4);
    return [0, size - 4].every(
      (at) =>
        at >= 0 && readSync(descriptor, bytes, 0, 4, at) === 4 && `${bytes}` === PARQUET_MAGIC,
    );
  } catch (error) {
    throw explainReadError(file, error);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The texts of a column of a Parquet file, null if there is none.
 *
 * @param decoder the process that decodes this file among others
 * @throws UserError for a missing column, one that is not text, a damaged file, and one of little else than nulls
 */
export function* readParquetTexts(
  file: string,
  naming: TextNaming,
  decoder: ParquetDecoder,
): Generator<string | null> {
  const parquet = new ParquetFile(file, decoder);
  try {
    const { columns, rows, rowGroups } = parquet.content;
    const { size } = statSync(file);
    requireText(columns, file, naming);
    if (rows > Math.max(FREE_ROWS, ROWS_PER_BYTE * size)) {
      throw new UserError(`${file} has ${rows.toLocaleString('en-US')} rows in very few bytes`, {
        hint: 'nearly all of them must be null or equal: write the others to a file of their own',
      });
    }
    const rowGroupBytes = boundClaims(parquet.content.rowGroupBytes, LARGEST_EXPANSION * size);
    for (const [group, bytes] of rowGroupBytes.entries()) {
      const [begin, end] = [rowGroups[group]!, rowGroups[group + 1]!];
      const batch = Math.ceil((end - begin) / Math.max(1, Math.ceil(bytes / BATCH_BYTES)));
      for (let first = begin; first < end; first += batch) {
        const count = Math.min(batch, end - first);
        for (const value of parquet.read(naming.name, first, count)) {
          if (typeof value !== 'string' && value != null) throw noStrings(columns, file, naming);
          yield value ?? null;
        }
      }
    }
  } finally {
    parquet.close();
  }
}

/** What is claimed, scaled down where it is more than `most` in all: the number of batches follows from it. */
function boundClaims(claims: readonly number[], most: number): number[] {
  const positive = claims.map((claim) => (claim > 0 ? claim : 0));
  const scale = Math.min(1, most / positive.reduce((sum, claim) => sum + claim, 0));
  return positive.map((claim) => claim * scale);
}

function requireText(columns: readonly ParquetColumn[], file: string, naming: TextNaming): void {
  const { name } = naming;
  const found = columns.filter((column) => column.name === name);
  if (found.some(isText)) return;
  if (found.length > 0) throw noStrings(columns, file, naming);
  throw notInColumns(columns, `no column "${name}"`, file, naming);
}

/** JSON, decimals and shapes are byte arrays too, but are decoded to something else. */
function noStrings(columns: readonly ParquetColumn[], file: string, naming: TextNaming): UserError {
  return notInColumns(columns, `the column "${naming.name}" holds no strings`, file, naming);
}

function notInColumns(
  columns: readonly ParquetColumn[],
  problem: string,
  file: string,
  naming: TextNaming,
): UserError {
  const names = [...new Set(columns.map((column) => column.name))];
  const texts = columns.filter(isText).map((column) => column.name);
  return notFound(file, problem, names, texts, naming);
}

function isText({ path, type }: ParquetColumn): boolean {
  return path.length === 1 && type === 'BYTE_ARRAY';
}
