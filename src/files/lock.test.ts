import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UserError } from '../core/index.ts';
import { takeLock } from './lock.ts';

let base: string;
let folder: string;
beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'lock-'));
  folder = path.join(base, 'run');
  mkdirSync(folder);
});
afterEach(() => rmSync(base, { recursive: true }));
const lock = () => path.join(folder, 'run.lock');

it('says that a folder stands in its place', () => {
  mkdirSync(lock());
  writeFileSync(path.join(lock(), 'mine'), '');
  expect(() => takeLock(lock())).toThrow(UserError);
  expect(() => takeLock(lock())).toThrow(/run\.lock is a folder, and the lock file belongs there/);
  expect(readdirSync(lock())).toEqual(['mine']);
});

it('says that the folder to be locked is missing, or is a file', () => {
  expect(() => takeLock(path.join(folder, 'none', 'run.lock'))).toThrow(
    /^no such folder as .*none/,
  );
  writeFileSync(path.join(folder, 'plain'), '');
  expect(() => takeLock(path.join(folder, 'plain', 'run.lock'))).toThrow(
    /is a file where a folder/,
  );
});

it('clears away what processes left that died while they took it, and no more', () => {
  const dead = JSON.stringify({ pid: 2 ** 30, started: null });
  const living = JSON.stringify({ pid: process.ppid, started: null });
  // A process id of today on a file of a process that is gone.
  const reused = JSON.stringify({ pid: process.ppid, started: '0' });
  const entries: Record<string, string> = {
    'run.lock.tmp-1': dead,
    'run.lock.tmp-2': '{"pi',
    'run.lock.stale.tmp-3': dead,
    'run.lock.stale.tmp-4': living,
    'other.lock.tmp-5': dead,
    ...(existsSync('/proc/self/stat') ? { 'run.lock.stale.tmp-6': reused } : {}),
  };
  for (const [name, content] of Object.entries(entries)) {
    writeFileSync(path.join(folder, name), content);
  }
  takeLock(lock()).release();
  expect(readdirSync(folder).sort()).toEqual(['other.lock.tmp-5', 'run.lock.stale.tmp-4']);
});

it('tells whether its folder is still in its place', () => {
  const held = takeLock(lock());
  expect(held.requireFolder).not.toThrow();
  // Without the lock in it, the folder is still the same one.
  rmSync(lock());
  expect(held.requireFolder).not.toThrow();
  renameSync(folder, `${folder}-moved`);
  expect(held.requireFolder).toThrow(/run was moved or removed while it was being written/);
  // Another folder of that name is not the one.
  mkdirSync(folder);
  expect(held.requireFolder).toThrow(UserError);
  renameSync(folder, `${folder}-other`);
  renameSync(`${folder}-moved`, folder);
  expect(held.requireFolder).not.toThrow();
});

it('leaves the lock of a moved folder there, to be taken over', () => {
  const held = takeLock(lock());
  renameSync(folder, `${folder}-moved`);
  held.release();
  expect(readFileSync(path.join(`${folder}-moved`, 'run.lock'), 'utf8')).toContain(
    String(process.pid),
  );
});

it('names a folder that went while it was written as the cause, and no other error', async () => {
  const write = () => Promise.resolve(readFileSync(path.join(folder, 'missing')));
  await expect(takeLock(lock()).guard(write)).rejects.toThrow('ENOENT');
  expect(existsSync(lock())).toBe(false);
  const gone = takeLock(lock()).guard(async () => {
    rmSync(folder, { recursive: true });
    return write();
  });
  await expect(gone).rejects.toThrow(/run was moved or removed while it was being written/);
  mkdirSync(folder);
  const other = takeLock(lock()).guard(async () => {
    rmSync(folder, { recursive: true });
    throw new Error('something else');
  });
  await expect(other).rejects.toThrow('something else');
  mkdirSync(folder);
  expect(await takeLock(lock()).guard(async () => 3)).toBe(3);
});
