import * as nodeFs from 'node:fs';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../core/index.ts';
import {
  createDirectoryAtomic,
  ensureDirectory,
  type FileOperations,
  removeDirectoryAtomic,
  writeDirectoryAtomic,
  writeFileAtomic,
  writeFileDurably,
} from './atomic.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function failingWrite(code: string): FileOperations {
  return {
    ...nodeFs,
    writeSync: () => {
      throw Object.assign(new Error(code), { code, syscall: 'write' });
    },
  };
}

describe('writeFileAtomic', () => {
  it('writes text, bytes and pieces, over what was there', () => {
    const target = path.join(folder, 'file');
    writeFileAtomic(target, 'héllo');
    expect(readFileSync(target, 'utf8')).toBe('héllo');
    writeFileAtomic(target, Uint8Array.of(1, 2));
    expect([...readFileSync(target)]).toEqual([1, 2]);
    writeFileAtomic(target, [Uint8Array.of(3), new Uint8Array(0), Uint8Array.of(4)]);
    expect([...readFileSync(target)]).toEqual([3, 4]);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('writes everything though each call takes one byte', () => {
    const files: FileOperations = {
      ...nodeFs,
      writeSync: ((descriptor: number, bytes: Uint8Array, offset: number) =>
        nodeFs.writeSync(descriptor, bytes, offset, 1)) as typeof nodeFs.writeSync,
    };
    writeFileAtomic(path.join(folder, 'file'), 'slowly', files);
    expect(readFileSync(path.join(folder, 'file'), 'utf8')).toBe('slowly');
  });

  it.each([
    ['ENOSPC', /^disk full while writing .*file$/, /free space/],
    ['EDQUOT', /^disk quota reached while writing .*file$/, /free space/],
    ['EFBIG', /^file too large .* while writing .*file$/, /free space/],
    ['EOTHER', /^error EOTHER \(write\) while writing .*file$/, /check the disk/],
    ['EACCES', /^no permission for writing .*file$/, /may write to/],
    ['EROFS', /^read-only file system: writing .*file$/, /may write to/],
    [
      'EIO',
      /^the disk reported an input\/output error \(EIO\) while writing .*file$/,
      /system log/,
    ],
  ])('keeps the old file and explains %s', (code, message, hint) => {
    const target = path.join(folder, 'file');
    writeFileSync(target, 'old');
    const error = errorOf(() => writeFileAtomic(target, 'new', failingWrite(code)));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
    expect(readFileSync(target, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it.skipIf(!existsSync('/dev/full'))('explains a disk that really is full', () => {
    const error = errorOf(() => writeFileDurably('/dev/full', 'x'));
    expect(error.message).toBe('disk full while writing /dev/full');
  });

  it('explains a missing folder', () => {
    const error = errorOf(() => writeFileAtomic(path.join(folder, 'none', 'file'), 'x'));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/^no such folder as .*none for writing .*file$/);
    expect(error.hint).toBe('create the folder first');
  });

  it('explains a file where a folder should be', () => {
    writeFileSync(path.join(folder, 'plain'), '');
    for (const write of [
      () => writeFileAtomic(path.join(folder, 'plain', 'file'), 'x'),
      () => ensureDirectory(path.join(folder, 'plain', 'in')),
      () => ensureDirectory(path.join(folder, 'plain')),
    ]) {
      const error = errorOf(write);
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toMatch(/a file where a folder should be|something is in the way/);
    }
  });

  it('passes errors that are not the disk’s', () => {
    const broken = (function* (): Iterable<Uint8Array> {
      yield Uint8Array.of(1);
      throw new RangeError('mine');
    })();
    expect(() => writeFileAtomic(path.join(folder, 'file'), broken)).toThrow(RangeError);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('writeDirectoryAtomic', () => {
  const target = () => path.join(folder, 'thing');

  it('shows the folder only when it is complete', () => {
    writeDirectoryAtomic(target(), (temporary) => {
      writeFileDurably(path.join(temporary, 'a'), '1');
      expect(existsSync(target())).toBe(false);
    });
    expect(readdirSync(target())).toEqual(['a']);
    expect(readdirSync(folder)).toEqual(['thing']);
  });

  it('replaces a folder whole', () => {
    writeDirectoryAtomic(target(), (t) => writeFileDurably(path.join(t, 'a'), '1'));
    writeDirectoryAtomic(target(), (t) => writeFileDurably(path.join(t, 'b'), '2'));
    expect(readdirSync(target())).toEqual(['b']);
    expect(readdirSync(folder)).toEqual(['thing']);
  });

  it('keeps the old folder when filling or renaming fails', () => {
    writeDirectoryAtomic(target(), (t) => writeFileDurably(path.join(t, 'a'), '1'));
    const fail = () => {
      throw new RangeError('mine');
    };
    expect(() => writeDirectoryAtomic(target(), fail)).toThrow(RangeError);
    expect(readdirSync(folder)).toEqual(['thing']);
    const files: FileOperations = {
      ...nodeFs,
      renameSync: (from, to) => {
        if (String(from).includes('.tmp-')) {
          throw Object.assign(new Error(), { code: 'EIO', syscall: 'rename' });
        }
        nodeFs.renameSync(from, to);
      },
    };
    expect(() => writeDirectoryAtomic(target(), () => {}, files)).toThrow(UserError);
    expect(readdirSync(folder)).toEqual(['thing']);
    expect(readdirSync(target())).toEqual(['a']);
  });
});

describe('createDirectoryAtomic', () => {
  const directory = () => path.join(folder, 'shared');
  const write = (text: string) => (temporary: string) =>
    writeFileDurably(path.join(temporary, 'a'), text);

  it('makes a folder', () => {
    createDirectoryAtomic(directory(), write('ours'));
    expect(readFileSync(path.join(directory(), 'a'), 'utf8')).toBe('ours');
    expect(readdirSync(folder)).toEqual(['shared']);
  });

  it('leaves one that another process made meanwhile as it is, and nothing beside it', () => {
    createDirectoryAtomic(directory(), (temporary) => {
      write('ours')(temporary);
      writeDirectoryAtomic(directory(), write('theirs'));
      mkdirSync(temporary, { recursive: true });
      write('ours')(temporary);
    });
    expect(readFileSync(path.join(directory(), 'a'), 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toEqual(['shared']);
  });

  it('is tried again where somebody cleared away what was half written', () => {
    let times = 0;
    createDirectoryAtomic(directory(), (temporary) => {
      write('ours')(temporary);
      if (++times === 1) rmSync(temporary, { recursive: true });
    });
    expect(readFileSync(path.join(directory(), 'a'), 'utf8')).toBe('ours');
    expect(times).toBe(2);
  });

  it('passes what filling throws where there is no folder', () => {
    expect(() =>
      createDirectoryAtomic(directory(), () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('removeDirectoryAtomic', () => {
  it('removes a folder, and takes its name away before its files', () => {
    const target = path.join(folder, 'thing');
    mkdirSync(target);
    writeFileSync(path.join(target, 'a'), '');
    const files: FileOperations = {
      ...nodeFs,
      rmSync: (...args) => {
        expect(existsSync(target)).toBe(false);
        nodeFs.rmSync(...args);
      },
    };
    removeDirectoryAtomic(target, files);
    expect(readdirSync(folder)).toEqual([]);
    expect(() => removeDirectoryAtomic(target)).toThrow(/removing/);
  });
});

describe('ensureDirectory', () => {
  it('makes parents and syncs each folder that gained an entry', () => {
    const synced: string[] = [];
    const files: FileOperations = {
      ...nodeFs,
      openSync: (file, ...rest) => {
        synced.push(path.relative(folder, String(file)));
        return nodeFs.openSync(file, ...rest);
      },
    };
    ensureDirectory(path.join(folder, 'a', 'b'), { files });
    expect(existsSync(path.join(folder, 'a', 'b'))).toBe(true);
    expect(synced).toEqual(process.platform === 'win32' ? [] : ['', 'a']);
    ensureDirectory(path.join(folder, 'a', 'b'), { files });
    expect(synced.length).toBeLessThanOrEqual(2);
  });

  it('makes no more parents than it may: whoever was moved does not begin again', () => {
    const deep = path.join(folder, 'run', 'data', 'text');
    expect(errorOf(() => ensureDirectory(deep, { parents: 1 }))).toBeInstanceOf(UserError);
    expect(readdirSync(folder)).toEqual([]);
    mkdirSync(path.join(folder, 'run'));
    ensureDirectory(deep, { parents: 1 });
    expect(existsSync(deep)).toBe(true);
  });
});

function errorOf(body: () => unknown): UserError {
  try {
    body();
  } catch (error) {
    return error as UserError;
  }
  throw new Error('nothing was thrown');
}
