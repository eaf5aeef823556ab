// Files of tokens that other programs wrote, as sequences of one length.

import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { UserError } from '../../core/index.ts';
import { ParquetDecoder } from '../../files/parquet-file.ts';
import { openRegularFile } from '../../files/read-file.ts';
import { openJsonlTokens, openParquetTokens, refuseHolding } from './listed-token-file.ts';
import { openBinTokens, openNpyTokens } from './raw-token-file.ts';
import { outsideVocabulary, type TokenFile, type TokenFileOptions } from './token-file.ts';

/** How rows become sequences: each row is cut by itself, or rows follow each other in one stream, which is cut. */
export type RowMode = 'separate' | 'joined';

export type TokenFilesOptions = TokenFileOptions & {
  /** Tokens of a sequence. */
  readonly sequenceLength: number;
  /** By default `separate` where all rows of all files have one length, else `joined`. */
  readonly rows?: RowMode | undefined;
};

/** A file, by what is in it. */
export type TokenFileRecord = {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly tokens: number;
};

/** Sequences out of files, in the order of the files. Close them. */
export type TokenSequences = {
  /** Sequences that there are. */
  readonly length: number;
  /** Tokens that there are, those included that no sequence takes. */
  readonly tokens: number;
  readonly rows: RowMode;
  /** Sequences `first .. first+count-1`, `[count * sequenceLength]`. */
  read(first: number, count: number): Int32Array;
  close(): void;
};

type Opener = (file: string, options: TokenFileOptions, decoder: ParquetDecoder) => TokenFile;

const OPENERS: Readonly<Record<string, Opener>> = {
  bin: openBinTokens,
  npy: openNpyTokens,
  jsonl: openJsonlTokens,
  ndjson: openJsonlTokens,
  parquet: openParquetTokens,
};
/** Endings of the files that hold tokens, without the dot. */
export const TOKEN_FILE_EXTENSIONS: readonly string[] = Object.keys(OPENERS);

/** Files that are open at the same time have a descriptor each. */
const LARGEST_FILES = 512;
const CHUNK_BYTES = 2 ** 22;
const CHUNK_TOKENS = 2 ** 20;

/** Size and SHA-256 of a file. Throws UserError when it cannot be read. */
export function hashTokenFile(file: string): Pick<TokenFileRecord, 'bytes' | 'sha256'> {
  const { descriptor, size } = openRegularFile(file);
  try {
    const hash = createHash('sha256');
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (let bytes = 0; ; ) {
      const count = readSync(descriptor, chunk, 0, chunk.length, null);
      if (count === 0) return { bytes, sha256: hash.digest('hex') };
      hash.update(chunk.subarray(0, count));
      bytes += count;
      if (bytes > size) throw new UserError(`${file} grows while it is being read`);
    }
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Opens files of tokens as sequences. `.bin` and `.npy` are read where they lie; JSON lines and Parquet are held in
 * memory, and their ids are checked.
 *
 * @throws UserError for files that are none of tokens, are too many, or have rows shorter than a sequence
 */
export function openTokenFiles(
  files: readonly string[],
  options: TokenFilesOptions,
): TokenSequences {
  if (files.length > LARGEST_FILES) {
    throw new UserError(`${files.length} files of tokens are more than ${LARGEST_FILES}`, {
      hint: 'join them into fewer files',
    });
  }
  const open: TokenFile[] = [];
  const decoder = new ParquetDecoder();
  const close = () => {
    for (const file of open) file.close();
  };
  try {
    let held = 0;
    for (const file of files) {
      const opened = openOne(file, options, decoder);
      open.push(opened);
      if (opened.isHeld) held += opened.tokens;
      refuseHolding(file, held);
    }
    const rows = options.rows ?? chooseRows(open);
    const cuts = open.map((file) => cutFile(file, rows, options.sequenceLength));
    const counts = cuts.map(({ count }) => count);
    return {
      length: sum(counts),
      tokens: sum(open.map(({ tokens }) => tokens)),
      rows,
      read: (first, count) => readSequences(open, cuts, options.sequenceLength, first, count),
      close,
    };
  } catch (error) {
    close();
    throw error;
  } finally {
    // What was in Parquet files is in memory now.
    decoder.close();
  }
}

/**
 * Makes sure that every id of the files that are read where they lie is in the vocabulary.
 *
 * @returns what is in each of all files
 * @throws UserError naming the file, the place and the id
 */
export function checkTokenFiles(
  files: readonly string[],
  options: TokenFileOptions,
): TokenFileRecord[] {
  const decoder = new ParquetDecoder();
  try {
    return files.map((file) => {
      const open = openOne(file, options, decoder);
      try {
        if (!open.isHeld) checkIds(open, options.vocabSize);
        return { file, ...hashTokenFile(file), tokens: open.tokens };
      } finally {
        open.close();
      }
    });
  } finally {
    decoder.close();
  }
}

function openOne(file: string, options: TokenFileOptions, decoder: ParquetDecoder): TokenFile {
  const extension = /\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  const opener = Object.hasOwn(OPENERS, extension) ? OPENERS[extension] : undefined;
  if (opener) return opener(file, options, decoder);
  throw new UserError(`${file} does not end like a token file`, {
    hint: `files of tokens end in ${TOKEN_FILE_EXTENSIONS.map((name) => `.${name}`).join(', ')}`,
  });
}

function checkIds(open: TokenFile, vocabSize: number): void {
  let wrong: { readonly at: number; readonly id: number } | undefined;
  let largest = 0;
  for (let first = 0; first < open.tokens; first += CHUNK_TOKENS) {
    const ids = open.read(first, Math.min(CHUNK_TOKENS, open.tokens - first));
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (id > largest) largest = id;
      if (wrong === undefined && !(id >= 0 && id < vocabSize)) wrong = { at: first + i, id };
    }
  }
  if (wrong) throw outsideVocabulary(open, { ...wrong, largest, vocabSize });
}

function chooseRows(files: readonly TokenFile[]): RowMode {
  const lengths = files.map(({ rows }) => (rows.kind === 'equal' ? rows.length : null));
  const isEqual = lengths.every((length) => length !== null && length === lengths[0]);
  return isEqual ? 'separate' : 'joined';
}

/** The sequences of a file: how many, and the token at which each begins. */
type Cut = { readonly count: number; readonly startOf: (sequence: number) => number };

function cutFile({ file, tokens, rows }: TokenFile, mode: RowMode, length: number): Cut {
  if (mode === 'joined' || rows.kind === 'stream') {
    return { count: Math.floor(tokens / length), startOf: (sequence) => sequence * length };
  }
  if (rows.kind === 'unequal') {
    const starts = cutRows(rows.starts, length);
    return { count: starts.length, startOf: (sequence) => starts[sequence]! };
  }
  if (rows.length < length && tokens > 0) {
    throw new UserError(
      `the rows of ${file} have ${rows.length} tokens; a context of ${length - 1} needs ${length}`,
      { hint: `set contextLength to ${rows.length - 1} or less, or rows to 'joined'` },
    );
  }
  const pieces = Math.max(1, Math.floor(rows.length / length));
  return {
    count: rows.length === 0 ? 0 : (tokens / rows.length) * pieces,
    startOf: (sequence) =>
      Math.floor(sequence / pieces) * rows.length + (sequence % pieces) * length,
  };
}

/** Where sequences begin in rows that are cut each by itself. */
function cutRows(rowStarts: Int32Array, length: number): Int32Array {
  let count = 0;
  for (let row = 1; row < rowStarts.length; row++) {
    count += Math.floor((rowStarts[row]! - rowStarts[row - 1]!) / length);
  }
  const starts = new Int32Array(count);
  let filled = 0;
  for (let row = 1; row < rowStarts.length; row++) {
    const last = rowStarts[row]! - length;
    for (let start = rowStarts[row - 1]!; start <= last; start += length) starts[filled++] = start;
  }
  return starts;
}

function readSequences(
  files: readonly TokenFile[],
  cuts: readonly Cut[],
  length: number,
  first: number,
  count: number,
): Int32Array {
  const out = new Int32Array(count * length);
  for (let i = 0; i < count; i++) {
    let sequence = first + i;
    let file = 0;
    while (file < cuts.length && sequence >= cuts[file]!.count) sequence -= cuts[file++]!.count;
    if (file === cuts.length || sequence < 0) {
      throw new RangeError(`sequence ${first + i} is not among those of the files`);
    }
    out.set(files[file]!.read(cuts[file]!.startOf(sequence), length), i * length);
  }
  return out;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
