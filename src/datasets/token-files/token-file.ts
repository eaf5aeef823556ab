// What files of tokens have in common, whoever wrote them.

import { UserError } from '../../core/index.ts';
import type { IntegerDType } from './integers.ts';

/** Where rows begin in the tokens of a file. */
export type TokenRows =
  /** No rows: all tokens are one stream. */
  | { readonly kind: 'stream' }
  /** Rows of one length. */
  | { readonly kind: 'equal'; readonly length: number }
  /** Rows of different lengths; row i is tokens `starts[i] .. starts[i+1]-1`. */
  | { readonly kind: 'unequal'; readonly starts: Int32Array };

/** A file of tokens open for reading. Close it. */
export type TokenFile = {
  readonly file: string;
  /** Tokens in the file. */
  readonly tokens: number;
  readonly rows: TokenRows;
  /** Whether the tokens are in memory, and checked against the vocabulary. */
  readonly isHeld: boolean;
  /** Tokens `first .. first+count-1`. */
  read(first: number, count: number): ArrayLike<number>;
  close(): void;
};

/** What to know of the files beforehand. */
export type TokenFileOptions = {
  /** Ids are 0..vocabSize-1. */
  readonly vocabSize: number;
  /** Type of the numbers in a `.bin` file; by default `uint16`, or `uint32` where the vocabulary needs it. */
  readonly dtype?: IntegerDType | undefined;
  /** The field of JSON lines, or the column of a Parquet file; by default `tokens`, else `input_ids`. */
  readonly field?: string | undefined;
};

/** A place in a file, for people: `3,000 (row 2, position 952)`. Places are counted from 0. */
function describePlace(rows: TokenRows, at: number): string {
  const place = at.toLocaleString('en-US');
  if (rows.kind === 'stream') return place;
  const [row, position] =
    rows.kind === 'equal'
      ? [Math.floor(at / rows.length), at % rows.length]
      : findRow(rows.starts, at);
  return `${place} (row ${row.toLocaleString('en-US')}, position ${position.toLocaleString('en-US')})`;
}

function findRow(starts: Int32Array, at: number): [row: number, position: number] {
  let [low, high] = [0, starts.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return [low, at - starts[low]!];
}

/** Rows that begin at `starts`; the last entry is the end. */
export function rowsOf(starts: Int32Array): TokenRows {
  const [, length = 0] = starts;
  const isEqual = starts.every((start, i) => start === i * length);
  return isEqual ? { kind: 'equal', length } : { kind: 'unequal', starts };
}

/** An id outside the vocabulary, where it is, and the largest id of the file. */
export function outsideVocabulary(
  { file, rows }: Pick<TokenFile, 'file' | 'rows'>,
  { at, id, largest, vocabSize }: Record<'at' | 'id' | 'largest' | 'vocabSize', number>,
): UserError {
  return new UserError(
    `${file}: token ${describePlace(rows, at)} is ${id}, outside a vocabulary of ${vocabSize} ids`,
    {
      hint:
        largest < vocabSize
          ? 'ids count from 0: choose the dtype that the file was written with'
          : `the largest id of the file is ${largest}: set vocabSize to ${largest + 1} or more, if that is what they are`,
    },
  );
}
