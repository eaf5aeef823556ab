import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../core/index.ts';
import { takeLock } from './lock.ts';
import { type LockWatch, watchForeignLock } from './watch-lock.ts';

const CONTENDER = fileURLToPath(new URL('../../test/support/lock-contender.mjs', import.meta.url));

let folder: string;
let lock: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'watch-lock-'));
  lock = path.join(folder, 'run.lock');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const FOREIGN = { host: 'node-3', space: 'elsewhere', pid: process.pid, started: '1', token: 9 };

/** A clock that each wait moves by itself; `eachLook` plays what happens on the other machine meanwhile. */
function fakeWatch(eachLook: (look: number) => void = () => {}, gapMs?: number) {
  const said: string[] = [];
  let ms = 1e6;
  let looks = 0;
  const watch: LockWatch = {
    onWait: (text) => said.push(text),
    now: () => ms,
    sleep: async (waitMs) => {
      ms += gapMs ?? waitMs;
      eachLook(++looks);
    },
  };
  return { watch, said, elapsedMs: () => ms - 1e6, looks: () => looks };
}

function renew(seconds: number): void {
  utimesSync(lock, seconds, seconds);
}

describe('a lock of another machine', () => {
  beforeEach(() => writeFileSync(lock, JSON.stringify(FOREIGN)));

  it('is not taken without having been watched', () => {
    expect(() => takeLock(lock)).toThrow(`is being written by process ${process.pid} on node-3`);
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toEqual(FOREIGN);
    expect(readdirSync(folder)).toEqual(['run.lock']);
  });

  it('is stale after two minutes of this machine without a renewal, whatever its own clock said', async () => {
    // Four years ahead of this machine.
    renew(Date.now() / 1000 + 1e8);
    const { watch, said, elapsedMs } = fakeWatch();
    await watchForeignLock(lock, watch);
    expect(elapsedMs()).toBe(120_000);
    expect(said).toEqual([
      `${folder} is locked by process ${process.pid} on node-3: waiting up to 120 seconds for a sign of it`,
    ]);
    expect(readdirSync(folder)).toEqual([]);
    takeLock(lock).release();
  });

  it.each([1, 5, 39])('is never taken when it is renewed, at look %i', async (at) => {
    renew(500);
    // Its clock goes backwards: it is a change that counts.
    const { watch, looks } = fakeWatch((look) => look >= at && renew(500 - look));
    await expect(watchForeignLock(lock, watch)).rejects.toThrow(/by process \d+ on node-3/);
    expect(looks()).toBe(at);
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toEqual(FOREIGN);
    expect(readdirSync(folder)).toEqual(['run.lock']);
  });

  it('is not taken when another machine takes it over first', async () => {
    const next = { ...FOREIGN, host: 'node-4', token: 10 };
    const { watch } = fakeWatch((look) => look === 40 && writeFileSync(lock, JSON.stringify(next)));
    await expect(watchForeignLock(lock, watch)).rejects.toThrow(/on node-4/);
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toEqual(next);
  });

  it('is waited for no longer when it was given back', async () => {
    const { watch, looks } = fakeWatch((look) => look === 2 && rmSync(lock));
    await watchForeignLock(lock, watch);
    expect(looks()).toBe(2);
  });

  it('is not stale because both machines were asleep', async () => {
    const { watch, looks } = fakeWatch(() => {}, 3_600_000);
    await watchForeignLock(lock, watch);
    // Each gap of an hour counts as two looks.
    expect(looks()).toBe(20);
  });
});

it('leaves locks of this machine to those who take them', async () => {
  const { watch, said, looks } = fakeWatch();
  await watchForeignLock(lock, watch);
  const held = takeLock(lock);
  await watchForeignLock(lock, watch);
  expect(() => takeLock(lock)).toThrow(UserError);
  held.release();
  writeFileSync(lock, '{"pi');
  await watchForeignLock(lock, watch);
  expect([said, looks()]).toEqual([[], 0]);
});

describe('processes of one machine', () => {
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [CONTENDER, lock, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  };

  it('hold the lock one at a time', async () => {
    const ends = [start('60'), start('60'), start('60')].map((child) => once(child, 'exit'));
    expect(await Promise.all(ends)).toEqual([
      [0, null],
      [0, null],
      [0, null],
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('take over at once from one that was killed, and end while they renew', async () => {
    const child = start('hold');
    await once(child.stdout!, 'data');
    expect(() => takeLock(lock)).toThrow(`is being written by process ${child.pid} (`.slice(0, -2));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(lock)).toBe(true);
    const held = takeLock(lock);
    expect(held.requireFolder).not.toThrow();
    held.release();
  });
});
