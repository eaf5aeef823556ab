import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../core/index.ts';
import { createBpeTokenizer } from './bpe.ts';
import { createByteTokenizer } from './byte-tokenizer.ts';
import { hashTokenizer } from './shard-manifest.ts';
import { readShards, type WriteShardsOptions, writeShards } from './shards.ts';
import { trainBpe } from './train-bpe.ts';

const options: WriteShardsOptions = {
  vocabSize: 1000,
  endOfText: 999,
  tokenizerSha256: 'ab'.repeat(32),
};
const documents = [Int32Array.of(1, 2, 3), Int32Array.of(), Int32Array.of(4), Int32Array.of(5, 6)];
const joined = [1, 2, 3, 999, 4, 999, 5, 6];

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'primordia-shards-'));
  folder = path.join(root, 'tokens');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const readAll = () => {
  const stream = readShards(folder, { verifyHashes: true });
  return [...stream.read(0, stream.length)];
};
const editManifest = (edit: (manifest: Record<string, unknown>) => void): void => {
  const file = path.join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  edit(manifest);
  writeFileSync(file, JSON.stringify(manifest));
};

describe('writeShards and readShards', () => {
  it('give the documents back with the end of text between them', () => {
    const manifest = writeShards(folder, documents, options);
    expect(manifest).toMatchObject({ dtype: 'uint16', documents: 3, tokens: 8, vocabSize: 1000 });
    expect(readAll()).toEqual(joined);
    expect(readdirSync(folder).sort()).toEqual(['manifest.json', 'tokens-00000.bin']);
    expect([...readFileSync(path.join(folder, 'tokens-00000.bin')).subarray(4, 8)]).toEqual([
      3, 0, 231, 3,
    ]);
  });

  it('read across shards', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(70_000), { maxLength: 20 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        (lists, tokensPerShard) => {
          fc.pre(lists.some((list) => list.length > 0));
          const wide = { ...options, vocabSize: 70_001, endOfText: 70_000, tokensPerShard };
          const manifest = writeShards(
            folder,
            lists.map((list) => Int32Array.from(list)),
            wide,
          );
          const expected = lists
            .filter((list) => list.length > 0)
            .flatMap((list, i) => (i > 0 ? [70_000, ...list] : list));
          expect(manifest.dtype).toBe('uint32');
          expect(manifest.shards).toHaveLength(Math.ceil(expected.length / tokensPerShard));
          expect(readAll()).toEqual(expected);
          const stream = readShards(folder);
          const middle = Math.floor(expected.length / 2);
          expect([...stream.read(middle, 1)]).toEqual([expected[middle]]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('replace an earlier, longer write', () => {
    writeShards(folder, documents, { ...options, tokensPerShard: 2 });
    writeShards(folder, documents.slice(0, 1), { ...options, tokensPerShard: 2 });
    expect(readdirSync(folder)).toHaveLength(3);
    expect(readAll()).toEqual([1, 2, 3]);
  });

  it('leave no manifest when a write fails half-way', () => {
    writeShards(folder, documents, options);
    const broken = [Int32Array.of(1), Int32Array.of(1000)];
    expect(() => writeShards(folder, broken, options)).toThrow('token 1000 is outside');
    expect(existsSync(path.join(folder, 'manifest.json'))).toBe(false);
    expect(() => readShards(folder)).toThrow('holds no token shards');
  });

  it('use uint16 up to 65,536 ids', () => {
    const top = [Int32Array.of(65_535)];
    expect(writeShards(folder, top, { ...options, vocabSize: 65_536 }).dtype).toBe('uint16');
    expect(readAll()).toEqual([65_535]);
    expect(writeShards(folder, top, { ...options, vocabSize: 65_537 }).dtype).toBe('uint32');
    const narrow = { ...options, vocabSize: 65_537, dtype: 'uint16' } as const;
    expect(() => writeShards(folder, top, narrow)).toThrow('does not fit uint16');
    expect(writeShards(folder, top, { ...options, vocabSize: 65_536, dtype: 'uint32' }).dtype).toBe(
      'uint32',
    );
    expect(readAll()).toEqual([65_535]);
  });

  it('refuse negative tokens, no tokens, and a bad hash of the tokenizer', () => {
    expect(() => writeShards(folder, [Int32Array.of(-1)], options)).toThrow(UserError);
    expect(() => writeShards(folder, [Int32Array.of()], options)).toThrow('no tokens to write');
    expect(() => writeShards(folder, documents, { ...options, tokenizerSha256: 'x' })).toThrow(
      RangeError,
    );
  });

  it('leave a foreign manifest alone', () => {
    writeShards(folder, documents, options);
    const file = path.join(folder, 'manifest.json');
    writeFileSync(file, '{"name":"a web app"}');
    expect(() => readShards(folder)).toThrow('is not a manifest of token shards');
    expect(() => writeShards(folder, documents, options)).toThrow('is in the way');
    expect(readFileSync(file, 'utf8')).toBe('{"name":"a web app"}');
  });
});

describe('readShards', () => {
  beforeEach(() => {
    writeShards(folder, documents, { ...options, tokensPerShard: 5 });
  });
  const second = () => path.join(folder, 'tokens-00001.bin');

  it('notices a truncated, a longer and a missing shard', () => {
    const bytes = readFileSync(second());
    writeFileSync(second(), bytes.subarray(0, 5));
    expect(() => readShards(folder)).toThrow('has 5 bytes, not 6: it is truncated');
    writeFileSync(second(), Buffer.concat([bytes, bytes, bytes]));
    expect(() => readShards(folder)).toThrow('it is too long');
    rmSync(second());
    expect(() => readShards(folder)).toThrow(UserError);
    expect(() => readShards(folder)).toThrow('tokens-00001.bin is missing');
  });

  it('notices a changed byte when asked to', () => {
    const bytes = readFileSync(second());
    bytes[0]! ^= 1;
    writeFileSync(second(), bytes);
    expect(readShards(folder).length).toBe(8);
    expect(() => readShards(folder, { verifyHashes: true })).toThrow('is damaged: its SHA-256');
  });

  it('notices tokens outside the vocabulary', () => {
    writeFileSync(second(), Uint8Array.of(0, 255, 0, 0, 0, 0));
    expect(() => readShards(folder)).toThrow('holds token 65280, outside the 1000 ids');
  });

  it('notices another dtype', () => {
    editManifest((manifest) => {
      manifest.dtype = 'uint32';
    });
    expect(() => readShards(folder)).toThrow('it looks like uint16, the manifest says uint32');
  });

  it('notices tokens of another tokenizer', () => {
    const { tokenizerSha256 } = options;
    expect(readShards(folder, { tokenizerSha256 }).length).toBe(8);
    expect(() => readShards(folder, { tokenizerSha256: 'cd'.repeat(32) })).toThrow(
      'come from another tokenizer',
    );
  });

  it.each<[string, (manifest: Record<string, unknown>) => void, string]>([
    ['an unknown key', (m) => Object.assign(m, { extra: 1 }), 'is damaged'],
    ['a missing key', (m) => Reflect.deleteProperty(m, 'dtype'), 'is damaged at dtype'],
    ['another version', (m) => Object.assign(m, { version: 9 }), 'has version 9'],
    ['a wrong sum', (m) => Object.assign(m, { tokens: 9 }), 'the shards have 8 tokens, not 9'],
    [
      'a path out of the folder',
      (m) => Object.assign((m.shards as object[])[0]!, { file: '../tokens-00000.bin' }),
      'is damaged at shards.0.file',
    ],
  ])('refuses a manifest with %s', (_, edit, message) => {
    editManifest(edit);
    expect(() => readShards(folder)).toThrow(UserError);
    expect(() => readShards(folder)).toThrow(message);
  });

  it('refuses a manifest that is no JSON, and a folder without one', () => {
    writeFileSync(path.join(folder, 'manifest.json'), '{"format":');
    expect(() => readShards(folder)).toThrow('is not JSON');
    expect(() => readShards(root)).toThrow('holds no token shards');
  });
});

describe('hashTokenizer', () => {
  it('tells vocabularies apart, and not the order of keys', () => {
    const bytes = createByteTokenizer();
    const json = bytes.toJson() as Record<string, unknown>;
    const reversed = Object.fromEntries(Object.entries(json).reverse());
    expect(hashTokenizer({ ...bytes, toJson: () => reversed })).toBe(hashTokenizer(bytes));
    const learned = createBpeTokenizer(trainBpe(['aaa aaa'], { vocabSize: 258 }));
    expect(hashTokenizer(learned)).not.toBe(hashTokenizer(bytes));
    expect(hashTokenizer(createBpeTokenizer(trainBpe([], { vocabSize: 257 })))).toBe(
      hashTokenizer(bytes),
    );
  });
});
