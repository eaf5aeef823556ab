// What files of text may look like, each format in a file as other programs write it.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  COMPRESSED_LINES,
  fromBase64,
  JSON_LINES,
  PARQUET_TABLES,
  TABLE_TEXTS,
} from '../../test/support/text-fixtures.ts';
import { UserError } from '../core/index.ts';
import { ParquetDecoder } from '../files/parquet-file.ts';
import { describeCounts, type ReadCorpusOptions, readCorpus } from './corpus.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-formats-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function read(name: string, content: string | Uint8Array, options: ReadCorpusOptions = {}) {
  return readCorpus([put(name, content)], options);
}

const TEXTS = ['one é', 'three'];
const counts = { files: 1, nullDocuments: 1, blankDocuments: 0 };
const COMPRESSED: readonly (readonly [string, Uint8Array])[] = [
  ['gzip', gzipSync(JSON_LINES)],
  ...Object.entries(COMPRESSED_LINES).map(([name, text]) => [name, fromBase64(text)] as const),
];

describe('compressed files', () => {
  it.each(COMPRESSED)('%s is seen from the bytes, whatever the name', (_, bytes) => {
    const files = [
      put('a.jsonl', bytes),
      put('plain', bytes),
      put('twice.jsonl.xz', Buffer.concat([bytes, bytes])),
    ];
    expect(readCorpus(files)).toMatchObject({
      documents: [...TEXTS, JSON_LINES, ...TEXTS, ...TEXTS],
      files: 3,
      nullDocuments: 3,
      blankDocuments: 0,
    });
  });

  it('a plain file may have the name of a compressed one', () => {
    expect(read('a.jsonl.zst', JSON_LINES).documents).toEqual(TEXTS);
    expect(read('a.txt.gz', 'BZh9, a text').documents).toEqual(['BZh9, a text']);
  });

  it.each(COMPRESSED)('%s that is cut short or damaged is refused', (name, bytes) => {
    const damaged = Uint8Array.from(bytes);
    damaged[bytes.length - 6]! ^= 4;
    for (const broken of [bytes.subarray(0, bytes.length - 5), damaged]) {
      expect(() => read('a.jsonl', broken)).toThrow(
        expect.objectContaining({
          name: 'UserError',
          message: expect.stringContaining(`a.jsonl is not intact ${name} data (`),
        }),
      );
    }
    expect(read('whole.jsonl', bytes).documents).toEqual(TEXTS);
  });
});

describe('JSON', () => {
  it('takes arrays of records or strings, one record, and lines under the name of .json', () => {
    expect(read('a.json', '[{"text":"a"},"b",null,{"text":null}]')).toMatchObject({
      documents: ['a', 'b'],
      nullDocuments: 2,
    });
    expect(read('b.json', '{\n "text": "pretty"\n}\n').documents).toEqual(['pretty']);
    expect(read('c.json', JSON_LINES)).toMatchObject({ documents: TEXTS, ...counts });
  });

  it('takes millions of empty lines between the lines of a .json file', () => {
    const lines = `\n{"text":"a"}${'\n'.repeat(2 ** 21)} \r\n{"text":"b"}\n{"txt":1}`;
    expect(() => read('a.json', lines)).toThrow(/a\.json:2097156: no field "text"/);
    expect(read('b.json', lines.replace('"txt":1', '"text":"c"')).documents).toEqual([...'abc']);
  });

  it('counts nulls and blank documents, and says so', () => {
    const corpus = read('a.jsonl', '{"text":null}\n{"text":" "}\n{"text":"x"}\n{"text":null}\n');
    expect(describeCounts(corpus.documents.length, corpus)).toBe(
      '1 document in 1 file; skipped 2 nulls and 1 blank document',
    );
    expect(() => read('b.jsonl', '{"text":null}\n')).toThrow('no text in');
  });

  it.each<[string, string, string, string]>([
    ['another field', '{"id":1,"txt":"x"}', ':1: no field "text"; fields present: id, txt', 'txt'],
    ['no text at all', '{"id":1}', ':1: no field "text"; fields present: id', 'NAME'],
    ['a number', '{"text":1,"body":"x"}', ':1: the field "text" is not a string', 'body'],
  ])('names the option for %s', (_, line, message, suggestion) => {
    const settings = { field: '--text-field NAME', column: '--text-column NAME' };
    expect(() => read('a.jsonl', line, { settings })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        hint: `name the field that holds the text: --text-field ${suggestion}`,
      }),
    );
  });
});

describe('tables', () => {
  it('reads Parquet of every kind that is written, all files in one process', () => {
    const documents = TABLE_TEXTS.filter((document) => document !== null);
    const tables = Object.entries(PARQUET_TABLES);
    for (const [name, text] of tables) put(`${name}.parquet`, fromBase64(text));
    const files = tables.map(([name]) => path.join(folder, `${name}.parquet`));
    const calls = vi.spyOn(ParquetDecoder.prototype, 'call');
    try {
      expect(readCorpus(files)).toMatchObject({
        documents: tables.flatMap(() => documents),
        files: tables.length,
        nullDocuments: tables.length,
        blankDocuments: 0,
      });
      // Its metadata, and its texts.
      expect(calls).toHaveBeenCalledTimes(2 * tables.length);
      expect(new Set(calls.mock.contexts).size).toBe(1);
    } finally {
      calls.mockRestore();
    }
  });

  it('sees Parquet from its bytes, and names the option for a column that is not there', () => {
    const bytes = fromBase64(PARQUET_TABLES.snappy!);
    expect(read('blob', bytes).documents).toHaveLength(2);
    expect(() => read('a.parquet', bytes, { column: 'txt' })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('no column "txt"; columns present: text, id'),
        hint: 'name the column that holds the text: column: "text"',
      }),
    );
  });

  it('reads CSV by column: quotes, line breaks, a byte order mark, stray quotes', () => {
    const csv = '\ufeffid,text\r\n1,"a ""quoted"",\nline"\r\n\r\n2,\r\n3,six 6" nails\r\n';
    expect(read('a.csv', csv)).toMatchObject({
      documents: ['a "quoted",\nline', 'six 6" nails'],
      blankDocuments: 1,
    });
    expect(read('b.csv', 'body,n\nx,1\n', { column: 'body' }).documents).toEqual(['x']);
    expect(read('c.csv.gz', gzipSync('n;text\n1;x, y\n')).documents).toEqual(['x, y']);
    const quoted = 'id;"text, body";text\n1;"no, no";yes\n';
    expect(read('e.csv', quoted).documents).toEqual(['yes']);
    expect(read('f.csv', 'a;b,text\n1;2,yes\n').documents).toEqual(['yes']);
    expect(read('d.tsv', 'n\ttext\n1\tx, y\n').documents).toEqual(['x, y']);
  });

  it.each<[string, string, string]>([
    [
      'a missing column',
      'id,txt\n1,x\n',
      'no column "text" in its first line; columns present: id, txt',
    ],
    ['ragged records', 'id,text\n1,x\n2,y,z\n', 'at line 3 has another number of fields'],
    ['an open quote', 'id,text\n1,"x\n', 'a quote is not closed'],
  ])('refuses CSV with %s', (_, csv, message) => {
    expect(() => read('a.csv', csv)).toThrow(UserError);
    expect(() => read('a.csv', csv)).toThrow(message);
  });
});

describe('folders', () => {
  it('stand for their text files, sorted, without hidden ones', () => {
    put('b.md', 'b');
    put('a/z.txt.gz', gzipSync('z'));
    put('a/y.jsonl', '{"text":"y"}');
    put('A.csv', 'text\nA\n');
    for (const name of ['.hidden.txt', '.git/x.txt', 'code.py', 'info.json']) put(name, 'no');
    const corpus = readCorpus([folder]);
    expect(corpus.documents).toEqual(['A', 'y', 'z', 'b']);
    expect(corpus.files).toBe(4);
  });

  it('pass over links that lead nowhere; such a link that is named is explained', () => {
    const file = put('a.txt', 'a');
    symlinkSync(file, path.join(folder, 'b.txt'));
    symlinkSync('loop.txt', path.join(folder, 'loop.txt'));
    symlinkSync('missing', path.join(folder, 'lost.txt'));
    expect(readCorpus([folder]).documents).toEqual(['a', 'a']);
    expect(readCorpus([path.join(folder, '*.txt')]).documents).toEqual(['a', 'a']);
    for (const [name, problem] of [
      ['loop.txt', 'its symbolic links go in a circle'],
      ['n'.repeat(300), 'the name is too long'],
    ] as const) {
      const named = path.join(folder, name);
      expect(() => readCorpus([named])).toThrow(new UserError(`cannot read ${named}: ${problem}`));
    }
  });

  it('without text say what is known', () => {
    put('code.py', 'x = 1');
    expect(() => readCorpus([folder])).toThrow(
      expect.objectContaining({
        message: `the folder ${folder} holds no text files`,
        hint: expect.stringContaining('.txt .text .md'),
      }),
    );
  });
});
