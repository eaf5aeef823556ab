import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../core/index.ts';
import { measureCorpus, readCorpus } from './corpus.ts';
import { expandPattern } from './expand-pattern.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-corpus-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function documentsOf(...names: string[]): readonly string[] {
  return readCorpus(names.map((name) => path.join(folder, name))).documents;
}

describe('readCorpus', () => {
  it('reads plain, gzip-compressed and JSON lines files', () => {
    put('a.txt', 'plain\n');
    put('b.txt.gz', gzipSync('packed é'));
    put('c.jsonl', '{"text":"one"}\n\n{"text":"two","id":2}');
    put('d.jsonl.gz', gzipSync('{"text":"three"}\r\n'));
    const corpus = readCorpus(
      ['a.txt', 'b.txt.gz', 'c.jsonl', 'd.jsonl.gz'].map((name) => path.join(folder, name)),
    );
    expect(corpus.documents).toEqual(['plain\n', 'packed é', 'one', 'two', 'three']);
    expect(measureCorpus(corpus)).toEqual({ documents: 5, bytes: 6 + 9 + 3 + 3 + 5 });
  });

  it('takes the field that is named', () => {
    const file = put('a.jsonl', '{"body":"yes","text":"no"}');
    expect(readCorpus([file], { field: 'body' }).documents).toEqual(['yes']);
  });

  it('reads a file once, and leaves out blank documents', () => {
    const file = put('a.jsonl', '{"text":""}\n{"text":" \\n"}\n{"text":"x"}');
    expect(readCorpus([file, file, path.join(folder, '*.jsonl')]).documents).toEqual(['x']);
  });

  it('drops a byte order mark and forgives a stray byte', () => {
    put('bom.txt', '\ufeffhello');
    put('stray.txt', Buffer.concat([Buffer.from('x'.repeat(300)), Buffer.of(0xff)]));
    put('honest.txt', '\ufffd\ufffd is the replacement character');
    expect(documentsOf('bom.txt')).toEqual(['hello']);
    expect(documentsOf('stray.txt')).toEqual([`${'x'.repeat(300)}\ufffd`]);
    expect(documentsOf('honest.txt')).toEqual(['\ufffd\ufffd is the replacement character']);
  });

  it('reads a huge line', () => {
    const long = 'word '.repeat(2_000_000);
    put('long.jsonl', JSON.stringify({ text: long }));
    expect(documentsOf('long.jsonl')[0]).toBe(long);
  });

  it.each<[string, string, string | Uint8Array, string]>([
    ['invalid JSON', 'a.jsonl', '{"text":"x"}\n\n{"text":', 'a.jsonl:3: invalid JSON'],
    ['a line that is no object', 'a.jsonl', '["text"]', 'a.jsonl:1: a line must be a JSON object'],
    [
      'a missing field',
      'a.jsonl',
      '{"body":"x","date":1}',
      'a.jsonl:1: no field "text"; fields present: body, date',
    ],
    ['a field that is no string', 'a.jsonl', '{"text":7}', 'the field "text" is not a string'],
    ['truncated gzip', 'a.txt.gz', gzipSync('x'.repeat(999)).subarray(0, 20), 'not intact gzip'],
    ['an empty file', 'a.txt', '', 'the corpus is empty: no text in'],
    ['an empty .jsonl', 'a.jsonl', '\n\n', 'the corpus is empty: no text in'],
    ['UTF-16', 'a.txt', Buffer.from('\ufeffhello there', 'utf16le'), 'is not UTF-8 text'],
    ['binary data', 'a.jsonl', Uint8Array.from({ length: 999 }, (_, i) => i * 37), 'not UTF-8'],
  ])('refuses %s in one line', (_, name, content, message) => {
    const file = put(name, content);
    expect(() => readCorpus([file])).toThrow(UserError);
    expect(() => readCorpus([file])).toThrow(message);
    expect(() => readCorpus([file])).toThrow(/^[^\n]*$/);
  });

  it('names what is near a missing file', () => {
    put('shakespeare.txt', 'x');
    expect(() => documentsOf('shakspeare.txt')).toThrow(
      expect.objectContaining({
        message: `no file ${path.join(folder, 'shakspeare.txt')}`,
        hint: `did you mean ${path.join(folder, 'shakespeare.txt')}?`,
      }),
    );
    expect(() => documentsOf('none/a.txt')).toThrow(
      expect.objectContaining({ hint: `there is no folder ${path.join(folder, 'none')}` }),
    );
  });

  it('refuses a folder and a pattern without files, and no files at all', () => {
    expect(() => readCorpus([folder])).toThrow(`the folder ${folder} holds no text files`);
    expect(() => documentsOf('*.txt')).toThrow('no file matches');
    expect(() => readCorpus([])).toThrow('no files were named');
  });

  it('answers random bytes with documents or a UserError', () => {
    const names = ['r.txt', 'r.jsonl', 'r.txt.gz', 'r.jsonl.gz'];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...names), (bytes, name) => {
        const file = put(name, bytes);
        try {
          expect(readCorpus([file]).documents.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
  });
});

const DATA = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

describe.skipIf(!existsSync(DATA))('documents of real files', () => {
  // Runs that began with them have these tokens.
  it.each([
    [
      'text/tinyshakespeare.txt',
      'c3b79537ab55a4f95878617566f2032b91898e1fe9606ee3fbfb466556cc4ae6',
    ],
    [
      'text/webtext_18f_posts.jsonl.gz',
      '14af7ba11dd0d2efe407abc6f74d42b8e92f38fb9fe96a401b496cb8d69ad800',
    ],
    [
      'code/networkx_python_source.txt.gz',
      'a102d3af3dd5134f4d6e0251c713ac55089b42b5ec9605cbbc551d2b28a05a29',
    ],
  ])('%s', (name, sha256) => {
    const { documents } = readCorpus([path.join(DATA, name)]);
    expect(createHash('sha256').update(JSON.stringify(documents)).digest('hex')).toBe(sha256);
  });
});

describe('expandPattern', () => {
  const expand = (pattern: string) =>
    expandPattern(path.join(folder, pattern)).map((file) => path.relative(folder, file));

  beforeEach(() => {
    for (const name of [
      'b.txt',
      'a.txt',
      'B.txt',
      'c.md',
      '.hidden.txt',
      'x/a.txt',
      'x/y/z.txt',
      'x/.git/g.txt',
    ]) {
      put(name, name);
    }
  });

  it('sorts by code unit and stays in the folder', () => {
    expect(expand('*.txt')).toEqual(['B.txt', 'a.txt', 'b.txt']);
    expect(expand('?.md')).toEqual(['c.md']);
    expect(expand('*/*.txt')).toEqual(['x/a.txt']);
    expect(expand('.*.txt')).toEqual(['.hidden.txt']);
  });

  it('crosses folders with **', () => {
    expect(expand('**/*.txt')).toEqual(['B.txt', 'a.txt', 'b.txt', 'x/a.txt', 'x/y/z.txt']);
    expect(expand('**/a.txt')).toEqual(['a.txt', 'x/a.txt']);
    expect(expand('x/**')).toEqual(['x/a.txt', 'x/y/z.txt']);
    expect(expand('**/y/**/*')).toEqual(['x/y/z.txt']);
  });

  it('is not caught in a loop of links', () => {
    symlinkSync(folder, path.join(folder, 'x', 'loop'));
    expect(expand('**/z.txt')).toEqual(['x/y/z.txt']);
  });

  it('follows links to folders at a *, and links to files', () => {
    symlinkSync(path.join(folder, 'x'), path.join(folder, 'link'));
    symlinkSync(path.join(folder, 'a.txt'), path.join(folder, 'x', 'l.txt'));
    expect(expand('*/a.txt')).toEqual(['link/a.txt', 'x/a.txt']);
    expect(expand('**/l.txt')).toEqual(['x/l.txt']);
  });

  it('takes every other character as it is', () => {
    for (const name of [
      'a+b (1).txt',
      '[ab].txt',
      '{a,b}.txt',
      '!n.txt',
      'o\no/n\nl.txt',
      'o\\o/😀.txt',
    ]) {
      put(name, 'x');
    }
    expect(expand('a+b (?).t*')).toEqual(['a+b (1).txt']);
    expect(expand('[ab].*')).toEqual(['[ab].txt']);
    expect(expand('{a,b}*')).toEqual(['{a,b}.txt']);
    expect(expand('!*')).toEqual(['!n.txt']);
    expect(expand('**/n*l.txt')).toEqual(['o\no/n\nl.txt']);
    expect(expand('o\\*/?.txt')).toEqual(['o\\o/😀.txt']);
    put('star*.txt', 'starred');
    expect(documentsOf('star*.txt')).toEqual(['starred']);
  });

  it('matches many stars against a long name at once', () => {
    put('a'.repeat(200), 'x');
    expect(expand(`${'*a'.repeat(60)}*b`)).toEqual([]);
    expect(expand(`${'*a'.repeat(60)}*?`)).toEqual(['a'.repeat(200)]);
  });
});
