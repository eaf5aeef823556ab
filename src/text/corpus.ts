// Corpora: documents read from files.

import path from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { plural, UserError } from '../core/index.ts';
import { stripCompression } from '../files/compression/detect-compression.ts';
import { PieceReader } from '../files/compression/piece-reader.ts';
import { ParquetDecoder } from '../files/parquet-file.ts';
import { joinText, refuseBinary } from './decode-text.ts';
import { listTextFiles } from './list-text-files.ts';
import { readJson, readJsonLines } from './read-json-documents.ts';
import { isParquet, readParquetTexts, readSeparatedValues } from './read-table-documents.ts';
import type { TextNaming } from './text-record.ts';

/** Documents to train on. None is blank. */
export type Corpus = { readonly name: string; readonly documents: readonly string[] };

/** What was read from files, and what of it was left out. */
export type CorpusCounts = {
  readonly files: number;
  /** Records whose text is null. */
  readonly nullDocuments: number;
  /** Documents of nothing but white space. */
  readonly blankDocuments: number;
};

export type FileCorpus = Corpus & CorpusCounts;

export type ReadCorpusOptions = {
  /** The field of a JSON record that holds its text (default "text"). */
  readonly field?: string;
  /** The column of a table that holds the texts (default "text"). */
  readonly column?: string;
  /** How whoever reads the errors chooses field and column, with NAME for what is chosen: "--text-field NAME". */
  readonly settings?: { readonly field: string; readonly column: string };
};

/** A character takes a byte or two; what splits and tokenizes the documents needs memory too. */
const HEAP_SHARE = 0.5;

const SETTINGS = { field: 'field: "NAME"', column: 'column: "NAME"' };

/**
 * Reads the documents of files, in the order of `patterns` and, within one, of file names. A file
 * named twice is read once. What a file holds follows from its name:
 *
 * - `.jsonl`, `.ndjson`: a JSON object per line; `.json`: an array of them, or one
 * - `.csv`, `.tsv`, `.parquet`: a table with a document per row
 * - any other: one document
 *
 * A Parquet file is recognized by its bytes too. Each of the others may be compressed by gzip, zstd, bzip2 or xz, which is
 * recognized by its bytes. For patterns and folders see `listTextFiles`.
 *
 * @throws UserError for a missing file, a pattern or folder without files, damaged data, what is not text, more than
 *   2 GiB of it in a file or half of Node's heap in all, a missing field or column, and when no text is left
 */
export function readCorpus(
  patterns: readonly string[],
  options: ReadCorpusOptions = {},
): FileCorpus {
  const files = [...new Set(patterns.flatMap(listTextFiles))];
  const documents: string[] = [];
  const maxCharacters = Math.floor(HEAP_SHARE * getHeapStatistics().heap_size_limit);
  let [nullDocuments, blankDocuments, characters] = [0, 0, 0];
  // Files share the thread and the process that decode them.
  const readers = { pieces: new PieceReader(), parquet: new ParquetDecoder() };
  try {
    for (const file of files) {
      for (const document of readDocuments(readers, file, options)) {
        if (document === null) nullDocuments++;
        else if (document.trim() === '') blankDocuments++;
        else {
          documents.push(document);
          characters += document.length;
        }
        if (characters > maxCharacters) throw tooLarge(maxCharacters);
      }
    }
  } finally {
    readers.pieces.close();
    readers.parquet.close();
  }
  if (documents.length === 0) throw emptyCorpus(files, nullDocuments);
  return {
    name: patterns.join(' '),
    documents,
    files: files.length,
    nullDocuments,
    blankDocuments,
  };
}

function tooLarge(maxCharacters: number): UserError {
  return new UserError(
    `the corpus has more than ${maxCharacters.toLocaleString('en-US')} characters, too many for the memory that Node may use`,
    { hint: 'name fewer files, or allow more: NODE_OPTIONS=--max-old-space-size=16000 (MiB)' },
  );
}

function emptyCorpus(files: readonly string[], nullDocuments: number): UserError {
  const shown = files.slice(0, 5).join(', ') + (files.length > 5 ? `, … (${files.length})` : '');
  const nulls = nullDocuments > 0 ? `, but ${nullDocuments} null` : '';
  const which = files.length === 0 ? 'no files were named' : `no text in ${shown}${nulls}`;
  return new UserError(`the corpus is empty: ${which}`, { hint: 'name files that hold text' });
}

/** The size of a corpus; bytes are of UTF-8. */
export function measureCorpus(corpus: Corpus): { documents: number; bytes: number } {
  const bytes = corpus.documents.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return { documents: corpus.documents.length, bytes };
}

/** How much was read, and what was left out: for people. */
export function describeCounts(
  documents: number,
  { files, nullDocuments, blankDocuments }: CorpusCounts,
): string {
  const skipped = [
    ...(nullDocuments > 0 ? [plural(nullDocuments, 'null')] : []),
    ...(blankDocuments > 0 ? [plural(blankDocuments, 'blank document')] : []),
  ];
  const read = `${plural(documents, 'document')} in ${plural(files, 'file')}`;
  return skipped.length > 0 ? `${read}; skipped ${skipped.join(' and ')}` : read;
}

function readDocuments(
  readers: { readonly pieces: PieceReader; readonly parquet: ParquetDecoder },
  file: string,
  { field = 'text', column = 'text', settings = SETTINGS }: ReadCorpusOptions,
): Iterable<string | null> {
  const inField: TextNaming = { kind: 'field', name: field, setting: settings.field };
  const inColumn: TextNaming = { kind: 'column', name: column, setting: settings.column };
  const pieces = () => refuseBinary(readers.pieces.read(file), file);
  switch (isParquet(file) ? '.parquet' : path.extname(stripCompression(file)).toLowerCase()) {
    case '.jsonl':
    case '.ndjson':
      return readJsonLines(pieces(), file, inField);
    case '.json':
      return readJson(pieces(), file, inField);
    case '.csv':
      return readSeparatedValues(pieces(), file, ',', inColumn);
    case '.tsv':
      return readSeparatedValues(pieces(), file, '\t', inColumn);
    case '.parquet':
      return readParquetTexts(file, inColumn, readers.parquet);
    default:
      return [joinText(pieces(), file)];
  }
}
