import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unpackWheel } from './unpack-wheel.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'wheel-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const inside = () => path.join(folder, 'inside');

test('files and folders of an archive are written', () => {
  const archive = zipSync({
    'a/b/': new Uint8Array(),
    'a/b/c.so': strToU8('library'),
    'd.txt': strToU8('text'),
    'a/empty': new Uint8Array(),
  });
  unpackWheel(archive, inside());
  expect(readFileSync(path.join(inside(), 'a/b/c.so'), 'utf8')).toBe('library');
  expect(readFileSync(path.join(inside(), 'd.txt'), 'utf8')).toBe('text');
  expect(readdirSync(path.join(inside(), 'a')).sort()).toEqual(['b', 'empty']);
});

test.each([
  '../outside',
  'a/../../outside',
  '/outside',
  'a//b',
  './a',
  'a\\..\\..\\outside',
  'c:outside',
  'a\0b',
])('nothing is written of an archive with %j', (name) => {
  const archive = zipSync({ fine: strToU8('x'), [name]: strToU8('x') });
  expect(() => unpackWheel(archive, inside())).toThrow('names a file outside of it');
  expect(existsSync(inside())).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
});

test('what claims more than a plugin has is refused before it is inflated', () => {
  const many = Object.fromEntries(
    Array.from({ length: 1001 }, (_, i) => [`f${i}`, new Uint8Array()]),
  );
  expect(() => unpackWheel(zipSync(many), inside())).toThrow('more than a plugin does');
  const archive = zipSync({ large: new Uint8Array(100) });
  // The uncompressed size in the central directory.
  const central = Buffer.from(archive).indexOf(Buffer.from('PK\x01\x02', 'latin1'));
  Buffer.from(archive.buffer, archive.byteOffset).writeUInt32LE(0xfffffff0, central + 24);
  expect(() => unpackWheel(archive, inside())).toThrow('more than a plugin does');
  expect(existsSync(inside())).toBe(false);
});

test('what is not an archive is refused', () => {
  expect(() => unpackWheel(strToU8('not an archive'), inside())).toThrow('not a zip archive');
  const archive = zipSync({
    a: strToU8('some text that is long enough to be deflated '.repeat(9)),
  });
  expect(() => unpackWheel(archive.subarray(0, archive.length - 30), inside())).toThrow(
    'not a zip archive',
  );
  expect(existsSync(inside())).toBe(false);
});
