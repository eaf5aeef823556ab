import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sharedFolder, shareFolder } from './shared-data.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-shared-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (...parts: string[]) => path.join(folder, ...parts);

test('equal data under equal seeds have one folder', () => {
  const data = { kind: 'text', corpus: { files: ['a.txt'] } };
  const of = (seed: number, own: { kind: string }) => sharedFolder('all', { seed }, { data: own });
  expect(of(1, data)).toBe(of(1, { ...data }));
  expect(new Set([of(1, data), of(2, data), of(1, { kind: 'characters' })]).size).toBe(3);
});

test('a folder gets the files of another, whole, and keeps what it has', () => {
  shareFolder(at('none'), at('to'));
  expect(existsSync(at('to'))).toBe(false);
  mkdirSync(at('from', 'train'), { recursive: true });
  writeFileSync(at('from', 'info.json'), '{}');
  writeFileSync(at('from', 'train', 'shard-0'), 'tokens');
  shareFolder(at('from'), at('deep', 'to'));
  expect(readFileSync(at('deep', 'to', 'info.json'), 'utf8')).toBe('{}');
  expect(readFileSync(at('deep', 'to', 'train', 'shard-0'), 'utf8')).toBe('tokens');
  mkdirSync(at('own'));
  shareFolder(at('from'), at('own'));
  expect(existsSync(at('own', 'info.json'))).toBe(false);
});
