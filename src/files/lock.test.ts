import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { UserError } from '../core/index.ts';
import { type FileLock, takeLock } from './lock.ts';
import { judgeLock, removeStaleLock } from './lock-file.ts';

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
  renameSync(folder, `${folder}-moved`);
  expect(held.requireFolder).toThrow(/run was moved or removed while it was being written/);
  // Another folder of that name is not the one.
  mkdirSync(folder);
  expect(held.requireFolder).toThrow(UserError);
  renameSync(folder, `${folder}-other`);
  renameSync(`${folder}-moved`, folder);
  expect(held.requireFolder).not.toThrow();
});

it('refuses to go on where another process has taken the lock, or it was removed', async () => {
  const write = (held: FileLock) =>
    held.guard(async () => {
      held.requireFolder();
      writeFileSync(path.join(folder, 'checkpoint'), '');
    });
  const held = takeLock(lock());
  const other = { host: 'node-3', space: 'b', pid: 7, started: '1', token: 5 };
  writeFileSync(lock(), JSON.stringify(other));
  await expect(write(held)).rejects.toThrow(/run was taken over by process 7 on node-3 while/);
  // What is not this one's stays.
  expect(JSON.parse(readFileSync(lock(), 'utf8'))).toEqual(other);
  rmSync(lock());
  const second = takeLock(lock());
  rmSync(lock());
  await expect(write(second)).rejects.toThrow(/the lock of .*run was removed while it was being/);
  expect(readdirSync(folder)).toEqual([]);
});

it('is not moved aside where it was given back, since somebody else may have taken it', () => {
  const other = { pid: process.pid, started: null, token: 5 };
  let looks = 0;
  removeStaleLock(lock(), 6, () => {
    looks++;
    writeFileSync(lock(), JSON.stringify(other));
    return 'missing';
  });
  expect(looks).toBe(1);
  expect(JSON.parse(readFileSync(lock(), 'utf8'))).toEqual(other);
});

it('is put back where somebody has taken it between a look and its removal', () => {
  writeFileSync(lock(), JSON.stringify({ pid: 2 ** 22 + 1, started: null, token: 4 }));
  const other = { pid: process.pid, started: null, token: 5 };
  const look = (place: string) => {
    const state = judgeLock(place);
    if (place === lock()) writeFileSync(lock(), JSON.stringify(other));
    return state;
  };
  expect(() => removeStaleLock(lock(), 6, look)).toThrow(`by process ${process.pid}`);
  expect(JSON.parse(readFileSync(lock(), 'utf8'))).toEqual(other);
  expect(readdirSync(folder)).toEqual(['run.lock']);
});

it('waits for a lock that somebody has moved aside by mistake', () => {
  const held = takeLock(lock());
  renameSync(lock(), `${lock()}.aside`);
  let waits = 0;
  const wait = vi.spyOn(Atomics, 'wait').mockImplementation(() => {
    if (++waits === 3) renameSync(`${lock()}.aside`, lock());
    return 'timed-out';
  });
  try {
    expect(held.requireFolder).not.toThrow();
  } finally {
    wait.mockRestore();
  }
  expect(waits).toBe(3);
  held.release();
  expect(readdirSync(folder)).toEqual([]);
});

it('is not taken for a dead process that gave it back after the first look', () => {
  const text = (pid: number) => JSON.stringify({ pid, started: null, token: pid });
  writeFileSync(lock(), text(2 ** 22 + 1));
  // Between the look at the file and the one at the process, another process takes the lock.
  const kill = vi.spyOn(process, 'kill').mockImplementationOnce(() => {
    writeFileSync(lock(), text(process.pid));
    throw Object.assign(new Error('no such process'), { code: 'ESRCH' });
  });
  try {
    expect(judgeLock(lock())).toBe('held');
  } finally {
    kill.mockRestore();
  }
});

it('is renewed by a thread while this one is busy, and not after it was given back', () => {
  const changed = () => statSync(lock(), { bigint: true }).mtimeNs;
  const held = takeLock(lock(), { renewEveryMs: 5 });
  const first = changed();
  const until = performance.now() + 60_000;
  while (changed() === first && performance.now() < until);
  expect(changed()).not.toBe(first);
  const content = readFileSync(lock(), 'utf8');
  held.release();
  expect(existsSync(lock())).toBe(false);
  expect(JSON.parse(content)).toMatchObject({ host: os.hostname(), pid: process.pid });
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
