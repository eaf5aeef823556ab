import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { isProcessAlive } from './process-alive.ts';
import { clearTemporaries, recoverTemporaries } from './temporaries.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'temporaries-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A process id that no process has: above the largest any system gives. */
const DEAD_PID = 2 ** 30;

function make(...names: string[]): void {
  for (const name of names) {
    mkdirSync(path.join(folder, name), { recursive: true });
    writeFileSync(path.join(folder, name, 'origin'), name);
  }
}

describe('clearTemporaries', () => {
  it('removes every temporary under the lock, whatever process has its id now', () => {
    const living = process.ppid;
    make('a', `a.tmp-${living}`, `b.old-${living}`, `c.tmp-${DEAD_PID}`, 'd.tmp');
    // Processes that wait for a lock write these at any time; `takeLock` looks after them.
    const ofLocks = [`run.lock.tmp-${living}`, `run.lock.stale.tmp-${living}`];
    for (const name of ofLocks) writeFileSync(path.join(folder, name), '');
    clearTemporaries(folder);
    expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'd.tmp', ...ofLocks.reverse()]);
    expect(readFileSync(path.join(folder, 'b', 'origin'), 'utf8')).toBe(`b.old-${living}`);
  });

  it('enters the folders that the lock covers, and leaves names that it does not', () => {
    make('mine/deep/x.tmp-1', 'theirs/x.tmp-1', 'x.tmp-1', 'y.tmp-1');
    clearTemporaries(folder, {
      owns: (name) => name !== 'y',
      enters: (below) => !below.includes('theirs'),
    });
    expect(readdirSync(folder).sort()).toEqual(['mine', 'theirs', 'y.tmp-1']);
    expect(readdirSync(path.join(folder, 'mine', 'deep'))).toEqual([]);
    expect(readdirSync(path.join(folder, 'theirs'))).toEqual(['x.tmp-1']);
  });
});

test('a file is never moved aside: of that name it is somebody’s own', () => {
  for (const name of ['hill.json.old-2020', `run.json.old-${process.pid}`]) {
    writeFileSync(path.join(folder, name), name);
  }
  const before = readdirSync(folder);
  clearTemporaries(folder);
  recoverTemporaries(folder);
  expect(readdirSync(folder)).toEqual(before);
});

describe('recoverTemporaries', () => {
  it('removes what dead writers left, restores what they moved aside, and spares the living', () => {
    const living = process.ppid;
    for (const name of [
      `a.tmp-${DEAD_PID}`,
      `b.old-${DEAD_PID}`,
      'c',
      `c.old-${DEAD_PID}`,
      `d.tmp-${living}`,
      `e.tmp-${process.pid}`,
      'f.tmp',
    ]) {
      mkdirSync(path.join(folder, name));
      writeFileSync(path.join(folder, name, 'origin'), name);
    }
    recoverTemporaries(folder);
    expect(readdirSync(folder).sort()).toEqual(['b', 'c', `d.tmp-${living}`, 'f.tmp']);
    expect(readFileSync(path.join(folder, 'b', 'origin'), 'utf8')).toBe(`b.old-${DEAD_PID}`);
    expect(readFileSync(path.join(folder, 'c', 'origin'), 'utf8')).toBe('c');
    expect(() => recoverTemporaries(path.join(folder, 'missing'))).not.toThrow();
  });
});

describe('isProcessAlive', () => {
  it('tells living from dead', () => {
    expect(isProcessAlive(process.pid)).toBe(true);
    expect([DEAD_PID, 0, -1, 1.5, Number.NaN, 2 ** 40].map(isProcessAlive)).not.toContain(true);
  });
});
