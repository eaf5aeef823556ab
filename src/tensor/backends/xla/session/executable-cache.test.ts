import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  describeExecutableCache,
  executableCacheFolder,
  hashPlugin,
  openExecutableCache,
  programKey,
} from './executable-cache.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cache-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const memory = { argumentBytes: 1, outputBytes: 2, aliasBytes: 3, temporaryBytes: 4 };
const program = (size: number) => ({ bytes: new Uint8Array(size).fill(7), memory });

test('an entry is read as it was written', () => {
  const cache = openExecutableCache(path.join(folder, 'deep', 'inside'));
  expect(cache.read('a')).toBeNull();
  cache.write('a', program(100));
  cache.write('b', { bytes: new Uint8Array(), memory: null });
  const found = cache.read('a')!;
  expect({ ...found, bytes: Uint8Array.from(found.bytes) }).toEqual(program(100));
  expect(cache.read('b')!.memory).toBeNull();
  const content = describeExecutableCache(path.join(folder, 'deep', 'inside'))!;
  expect(content.programs).toBe(2);
  expect(content.bytes).toBeGreaterThan(100);
  expect(describeExecutableCache(path.join(folder, 'none'))).toMatchObject({
    programs: 0,
    bytes: 0,
  });
  cache.remove('a');
  expect(cache.read('a')).toBeNull();
  expect(readdirSync(path.join(folder, 'deep', 'inside'))).toEqual(['b.pjrt']);
});

test('an entry with a flipped bit, or cut short, is none', () => {
  const cache = openExecutableCache(folder);
  cache.write('a', program(40));
  const file = path.join(folder, 'a.pjrt');
  const whole = readFileSync(file);
  for (let i = 0; i < whole.length; i++) {
    const flipped = Buffer.from(whole);
    flipped[i]! ^= 1 << (i % 8);
    writeFileSync(file, flipped);
    expect(cache.read('a'), `byte ${i}`).toBeNull();
    writeFileSync(file, whole.subarray(0, i));
    expect(cache.read('a'), `${i} bytes`).toBeNull();
  }
  writeFileSync(file, whole);
  expect(cache.read('a')).not.toBeNull();
});

test('those that were used last stay within the bound', () => {
  const cache = openExecutableCache(folder, 1000);
  const age = (key: string, seconds: number) =>
    utimesSync(path.join(folder, `${key}.pjrt`), new Date(), new Date(Date.now() - 1000 * seconds));
  for (const [i, key] of ['a', 'b', 'c', 'd'].entries()) {
    cache.write(key, program(100));
    age(key, 100 - i);
  }
  expect(readdirSync(folder).sort()).toEqual(['a.pjrt', 'b.pjrt', 'c.pjrt', 'd.pjrt']);
  cache.read('a');
  cache.write('e', program(100));
  expect(readdirSync(folder)).toContain('a.pjrt');
  expect(readdirSync(folder)).not.toContain('b.pjrt');
  // One that would take more than a quarter is not kept.
  cache.write('f', program(250));
  expect(cache.read('f')).toBeNull();
});

test('a folder that cannot be written to is no error', () => {
  writeFileSync(path.join(folder, 'file'), '');
  const cache = openExecutableCache(path.join(folder, 'file'));
  cache.write('a', program(10));
  expect(cache.read('a')).toBeNull();
});

test('a key depends on plugin, version, devices, options and text', () => {
  const identity = {
    plugin: 'p',
    version: '0.1',
    devices: ['d'],
    text: 'module',
    options: Uint8Array.of(1),
  };
  const keys = [
    identity,
    { ...identity, plugin: 'q' },
    { ...identity, version: '0.2' },
    { ...identity, devices: ['d', 'd'] },
    { ...identity, text: 'module ' },
    { ...identity, options: Uint8Array.of(2) },
  ].map(programKey);
  expect(new Set(keys).size).toBe(keys.length);
  expect(programKey({ ...identity })).toBe(keys[0]);
});

test('the hash of a plugin follows its bytes', () => {
  const file = path.join(folder, 'plugin.so');
  writeFileSync(file, 'one');
  const one = hashPlugin(file, folder);
  expect(one).toBe('7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed');
  expect(hashPlugin(file, folder)).toBe(one);
  writeFileSync(file, 'other');
  expect(hashPlugin(file, folder)).not.toBe(one);
});

test('the folder is the user’s cache, another one, or none', () => {
  expect(executableCacheFolder({ XDG_CACHE_HOME: '/c' })).toBe('/c/primordia/xla');
  expect(executableCacheFolder({ PRIMORDIA_XLA_CACHE: '/x' })).toBe('/x');
  expect(executableCacheFolder({ PRIMORDIA_XLA_CACHE: 'off' })).toBeNull();
});
