// Tokens as lists, one a row, that are read into memory: JSON lines, and list columns of Parquet.

import { closeSync, readSync } from 'node:fs';
import { UserError } from '../../core/index.ts';
import { parseJson } from '../../files/json.ts';
import { type ParquetDecoder, ParquetFile } from '../../files/parquet-file.ts';
import { openRegularFile } from '../../files/read-file.ts';
import { outsideVocabulary, rowsOf, type TokenFile, type TokenFileOptions } from './token-file.ts';

/** Names of the field or column that are looked for where none is given. */
const USUAL_FIELDS = ['tokens', 'input_ids'] as const;
/** Tokens that are held in memory at most: one GiB. */
const LARGEST_HELD_TOKENS = 2 ** 28;
const LARGEST_LINE_BYTES = 2 ** 26;
const CHUNK_BYTES = 2 ** 20;
const NEWLINE = 10;

/** @throws UserError if a line is no JSON, has no list of ids, or one of them is not in the vocabulary */
export function openJsonlTokens(file: string, options: TokenFileOptions): TokenFile {
  const collected = new CollectedTokens(file, options.vocabSize);
  let line = 0;
  for (const bytes of readLines(file)) {
    line++;
    const text = new TextDecoder().decode(bytes);
    if (text.trim() === '') continue;
    const where = `${file}:${line}`;
    collected.add(findList(parseJson(text, where), where, options.field), where);
  }
  return collected.finish();
}

function findList(value: unknown, where: string, field: string | undefined): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const record = (typeof value === 'object' ? value : null) ?? {};
  const name = field ?? USUAL_FIELDS.find((usual) => usual in record);
  if (name === undefined || !Object.hasOwn(record, name)) {
    const names = Object.keys(record).slice(0, 10).join(', ');
    throw new UserError(`${where} has no field ${name ?? USUAL_FIELDS.join(' or ')}`, {
      hint: `name the one that holds the token ids: field: '...'; it has: ${names || 'none'}`,
    });
  }
  const list = (record as Record<string, unknown>)[name];
  if (Array.isArray(list)) return list;
  throw new UserError(`${where}: ${name} is not a list of token ids`);
}

/** The lines of a file as bytes, without their ends. */
function* readLines(file: string): Generator<Uint8Array> {
  const { descriptor } = openRegularFile(file);
  try {
    let rest = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const count = readSync(descriptor, chunk, 0, CHUNK_BYTES, null);
      if (count === 0) break;
      rest = Buffer.concat([rest, chunk.subarray(0, count)]);
      let start = 0;
      for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE, start)) {
        yield rest.subarray(start, end);
        start = end + 1;
      }
      rest = rest.subarray(start);
      if (rest.length > LARGEST_LINE_BYTES) {
        throw new UserError(`${file} has a line of more than ${LARGEST_LINE_BYTES / 2 ** 20} MiB`, {
          hint: 'write shorter rows, or the tokens as .npy or .bin',
        });
      }
    }
    if (rest.length > 0) yield rest;
  } finally {
    closeSync(descriptor);
  }
}

/** @throws UserError if the file is not an intact Parquet file, or the column no list of ids of the vocabulary */
export function openParquetTokens(
  file: string,
  options: TokenFileOptions,
  decoder: ParquetDecoder,
): TokenFile {
  const collected = new CollectedTokens(file, options.vocabSize);
  const parquet = new ParquetFile(file, decoder);
  try {
    const { columns, rowGroups } = parquet.content;
    const names = [...new Set(columns.map(({ path }) => path[0]!))];
    const name = options.field ?? USUAL_FIELDS.find((usual) => names.includes(usual));
    if (name === undefined || !names.includes(name)) {
      throw new UserError(`${file} has no column ${name ?? USUAL_FIELDS.join(' or ')}`, {
        hint: `name the one that holds the token ids: field: '...'; it has: ${names.slice(0, 10).join(', ')}`,
      });
    }
    for (const [i, end] of rowGroups.slice(1).entries()) {
      const first = rowGroups[i]!;
      for (const [row, value] of parquet.read(name, first, end - first).entries()) {
        const where = `${file}: row ${(first + row).toLocaleString('en-US')}`;
        if (!Array.isArray(value))
          throw new UserError(`${where}: ${name} is not a list of token ids`);
        collected.add(value, where);
      }
    }
  } finally {
    parquet.close();
  }
  return collected.finish();
}

/** @throws UserError if `tokens` are more than are held in memory */
export function refuseHolding(what: string, tokens: number): void {
  if (tokens <= LARGEST_HELD_TOKENS) return;
  const most = LARGEST_HELD_TOKENS.toLocaleString('en-US');
  throw new UserError(`${what}: more than ${most} tokens do not fit in memory`, {
    hint: 'write them as .npy or .bin, which are not read into memory as a whole',
  });
}

class CollectedTokens {
  private readonly file: string;
  private readonly vocabSize: number;
  /** Where rows begin, and the end of the last. No row is empty: there are at most as many as tokens. */
  private starts = new Int32Array(2 ** 10);
  private rows = 0;
  private ids = new Int32Array(2 ** 16);

  constructor(file: string, vocabSize: number) {
    this.file = file;
    this.vocabSize = vocabSize;
  }

  /** Adds a row; empty ones are left out. */
  add(row: readonly unknown[], where: string): void {
    const start = this.starts[this.rows]!;
    const end = start + row.length;
    if (row.length === 0) return;
    refuseHolding(this.file, end);
    this.ids = withRoom(this.ids, end);
    this.starts = withRoom(this.starts, this.rows + 2);
    this.starts[++this.rows] = end;
    for (const [i, value] of row.entries()) this.ids[start + i] = this.check(value, i, row, where);
  }

  finish(): TokenFile {
    const { file, ids } = this;
    const starts = this.starts.subarray(0, this.rows + 1);
    const tokens = starts[this.rows]!;
    return {
      file,
      tokens,
      rows: rowsOf(starts),
      isHeld: true,
      read: (first, count) => ids.subarray(first, first + count),
      close: () => {},
    };
  }

  private check(value: unknown, i: number, row: readonly unknown[], where: string): number {
    const id = typeof value === 'bigint' ? Number(value) : value;
    if (typeof id !== 'number' || !Number.isInteger(id)) {
      throw new UserError(`${where}: value ${i} is ${describe(id)}, not a token id`, {
        hint: 'ids are whole numbers, 0 or more',
      });
    }
    if (id >= 0 && id < this.vocabSize) return id;
    throw outsideVocabulary(
      {
        file: this.file,
        rows: { kind: 'unequal', starts: this.starts.subarray(0, this.rows + 1) },
      },
      {
        at: this.starts[this.rows - 1]! + i,
        id,
        vocabSize: this.vocabSize,
        largest: row.reduce<number>((most, other) => Math.max(most, Number(other) || 0), id),
      },
    );
  }
}

/** The array, or a larger one with the same values where it is shorter than `length`. */
function withRoom(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (length <= array.length) return array;
  const most = LARGEST_HELD_TOKENS + 1;
  const larger = new Int32Array(Math.min(most, Math.max(length, 2 * array.length)));
  larger.set(array);
  return larger;
}

/** A value of any type, short enough for an error. JSON has no bigints. */
function describe(value: unknown): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part));
  return (text ?? String(value)).slice(0, 40);
}
