import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../core/index.ts';
import { readJsonFile } from './json.ts';
import {
  explainFolderError,
  explainReadError,
  listFolder,
  openRegularFile,
  readRegularFile,
  readRegularText,
} from './read-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'read-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

function errorOf(body: () => unknown): UserError {
  try {
    body();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('readRegularFile', () => {
  test('gives the bytes of a file, an empty one too', () => {
    expect([...readRegularFile(write('three', 'abc'))]).toEqual([97, 98, 99]);
    expect(readRegularFile(write('none', '')).length).toBe(0);
    expect(readRegularText(write('bom', '\ufeffé'))).toBe('é');
  });

  test('refuses more bytes than expected and says both numbers', () => {
    const file = write('long', 'x'.repeat(1500));
    expect(errorOf(() => readRegularFile(file, { maxBytes: 1000 })).message).toBe(
      `${file} has 1,500 bytes, more than the 1,000 that are read here`,
    );
  });

  test('names the nearest file, or the folder that is missing', () => {
    write('corpus.txt', 'x');
    const near = errorOf(() => readRegularFile(path.join(folder, 'corpsu.txt')));
    expect(near.message).toBe(`no file ${path.join(folder, 'corpsu.txt')}`);
    expect(near.hint).toContain('corpus.txt?');
    const lost = errorOf(() => readRegularFile(path.join(folder, 'nowhere', 'a')));
    expect(lost.hint).toBe(`there is no folder ${path.join(folder, 'nowhere')}`);
  });

  test('refuses a directory, with the hint of the caller', () => {
    mkdirSync(path.join(folder, 'sub'));
    const error = errorOf(() =>
      readRegularFile(path.join(folder, 'sub'), { directoryHint: 'name a file in it' }),
    );
    expect(error.message).toMatch(/sub is a directory$/);
    expect(error.hint).toBe('name a file in it');
  });

  test.skipIf(process.platform === 'win32')('refuses pipes and devices at once', () => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(errorOf(() => readRegularFile(pipe)).message).toBe(
      `${pipe} is a pipe, not a regular file`,
    );
    for (const device of ['/dev/zero', '/dev/null']) {
      expect(errorOf(() => openRegularFile(device)).message).toMatch(/is a device/);
    }
  });
});

describe('readJsonFile', () => {
  test('gives the value', () => {
    expect(readJsonFile(write('a.json', '{"a":["[[[",{"b":1}]}'))).toEqual({
      a: ['[[[', { b: 1 }],
    });
  });

  test('refuses what is not JSON, and what is nested beyond the bound', () => {
    expect(errorOf(() => readJsonFile(write('b.json', '{"a":'))).message).toMatch(/is not JSON/);
    const deep = write('deep.json', `${'['.repeat(1e6)}${']'.repeat(1e6)}`);
    expect(errorOf(() => readJsonFile(deep)).message).toMatch(/nested more than 100 deep/);
    // Brackets in strings, escaped quotes among them, are no nesting.
    const text = write('text.json', JSON.stringify(`"\\"${'['.repeat(500)}`));
    expect(readJsonFile(text)).toContain('[[[');
  });

  test('refuses more values than can be walked in time', () => {
    const many = write('many.json', `[${'{},'.repeat(5_000_001)}{}]`);
    expect(errorOf(() => readJsonFile(many)).message).toMatch(/has more than 5,000,000 values/);
  });

  test('refuses more bytes than expected', () => {
    const file = write('c.json', JSON.stringify('x'.repeat(100)));
    expect(errorOf(() => readJsonFile(file, { maxBytes: 50 })).message).toMatch(/more than the 50/);
  });
});

describe('folders', () => {
  test('that are files, missing or not to be read', () => {
    const file = write('plain', 'x');
    expect(errorOf(() => listFolder(file)).message).toBe(`${file} is a file, not a folder`);
    expect(errorOf(() => listFolder(file)).hint).toBeUndefined();
    const below = path.join(file, 'below');
    expect(errorOf(() => listFolder(below)).message).toBe(`no folder ${below}`);
    const refusal = Object.assign(new Error('refused'), { code: 'EACCES', syscall: 'scandir' });
    expect(explainFolderError('closed', refusal)).toMatchObject({
      name: 'UserError',
      message: 'cannot read closed: no permission',
    });
  });

  test('a file that cannot be opened is not suggested in its own place', () => {
    const file = write('itself', 'x');
    const refusal = Object.assign(new Error('refused'), { code: 'ENOTDIR', syscall: 'scandir' });
    expect((explainReadError(file, refusal) as UserError).hint ?? '').not.toContain('itself');
  });
});
