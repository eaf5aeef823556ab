import { spawnSync } from 'node:child_process';
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
  createRunFolder,
  isRunFolder,
  lockRunFolder,
  nextRunDirectory,
  runPaths,
} from './run-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'run-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const DEAD_PID = 2 ** 30;

describe('createRunFolder', () => {
  it('makes a new folder with its parents, or takes an empty one', () => {
    const directory = path.join(folder, 'runs', 'a-001');
    expect(createRunFolder(directory)).toEqual(runPaths(directory));
    expect(readdirSync(directory)).toEqual([]);
    expect(createRunFolder(directory).recipe).toBe(path.join(directory, 'recipe.json'));
  });

  it('refuses a folder with other things in it', () => {
    writeFileSync(path.join(folder, 'thesis.tex'), '');
    expect(() => createRunFolder(folder)).toThrow(/not empty and is not a run folder/);
    expect(() => createRunFolder(path.join(folder, 'thesis.tex'))).toThrow(/is a file/);
  });

  it('refuses a run unless it is to be resumed, and nothing to resume', () => {
    expect(() => createRunFolder(folder, { resume: true })).toThrow(/no run to resume/);
    writeFileSync(runPaths(folder).recipe, '{}');
    expect(isRunFolder(folder)).toBe(true);
    expect(() => createRunFolder(folder)).toThrow(/already holds a run/);
    expect(createRunFolder(folder, { resume: true }).directory).toBe(folder);
  });

  it.each([
    ['thesis.tmp-7', 'photos.old-2020'],
    ['run.lock', 'thesis.tmp-7'],
    ['run.lock.notes'],
    ['provenance.json'],
    ['recipe.json.tmp-7'],
  ])('leaves what is somebody else’s as it is: %s', (...names) => {
    for (const name of names) writeFileSync(path.join(folder, name), name);
    expect(() => createRunFolder(folder)).toThrow(/not empty and is not a run folder/);
    expect(readdirSync(folder).sort()).toEqual(names.toSorted());
  });

  it('starts over where a start died before its recipe was written', () => {
    writeFileSync(runPaths(folder).lock, JSON.stringify({ pid: DEAD_PID, started: null }));
    writeFileSync(path.join(folder, `recipe.json.tmp-${DEAD_PID}`), 'half');
    expect(createRunFolder(folder).directory).toBe(folder);
  });
});

describe('nextRunDirectory', () => {
  it('counts from the highest number of the same name', () => {
    expect(nextRunDirectory(path.join(folder, 'none'), 'nca')).toBe(
      path.join(folder, 'none', 'nca-001'),
    );
    for (const name of ['nca-001', 'nca-007', 'nca-x-050', 'nca-12', 'other-100', 'nca-009b']) {
      mkdirSync(path.join(folder, name));
    }
    expect(path.basename(nextRunDirectory(folder, 'nca'))).toBe('nca-008');
    expect(path.basename(nextRunDirectory(folder, 'nca-x'))).toBe('nca-x-051');
    mkdirSync(path.join(folder, 'nca-999'));
    expect(path.basename(nextRunDirectory(folder, 'nca'))).toBe('nca-1000');
  });

  it.each(['', '../up', 'a/b', '.hidden', '-x', 'a b'])('refuses the name %j', (name) => {
    expect(() => nextRunDirectory(folder, name)).toThrow(UserError);
  });
});

describe('lockRunFolder', () => {
  const { lock } = { lock: () => runPaths(folder).lock };

  it('holds until it is released', () => {
    const first = lockRunFolder(folder);
    expect(() => lockRunFolder(folder)).toThrow(`is being written by process ${process.pid}`);
    first.release();
    expect(readdirSync(folder)).toEqual([]);
    const second = lockRunFolder(folder);
    second.release();
    second.release();
    expect(existsSync(lock())).toBe(false);
  });

  it('respects another living process', () => {
    const held = JSON.stringify({ pid: process.ppid, started: null });
    writeFileSync(lock(), held);
    expect(() => lockRunFolder(folder)).toThrow(`is being written by process ${process.ppid}`);
    expect(readFileSync(lock(), 'utf8')).toBe(held);
    expect(readdirSync(folder)).toEqual(['run.lock']);
  });

  it('takes over from a process that has died, and clears up after it', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(lock(), JSON.stringify({ pid, started: '1' }));
    writeFileSync(path.join(folder, `summary.json.tmp-${pid}`), 'half');
    const held = lockRunFolder(folder);
    expect(readdirSync(folder)).toEqual(['run.lock']);
    expect(JSON.parse(readFileSync(lock(), 'utf8')).pid).toBe(process.pid);
    held.release();
  });

  it('leaves what a report writes without the lock, and what users keep beside a run', () => {
    const names = [
      `report.html.tmp-${process.ppid}`,
      'thesis.tmp-7',
      'photos.old-2020',
      'recipe.json.old-7',
      'notes',
      'samples',
      'checkpoints',
    ];
    for (const name of names.slice(0, 4)) writeFileSync(path.join(folder, name), '');
    for (const name of names.slice(4)) {
      mkdirSync(path.join(folder, name));
      writeFileSync(path.join(folder, name, 'seed-1.png.tmp-7'), '');
    }
    lockRunFolder(folder).release();
    expect(readdirSync(folder).sort()).toEqual(names.toSorted());
    expect(readdirSync(path.join(folder, 'notes'))).toEqual(['seed-1.png.tmp-7']);
    expect(readdirSync(path.join(folder, 'samples'))).toEqual(['seed-1.png.tmp-7']);
    expect(readdirSync(path.join(folder, 'checkpoints'))).toEqual([]);
  });

  it('takes over a lock that is torn', () => {
    writeFileSync(lock(), '{"pi');
    lockRunFolder(folder).release();
    expect(existsSync(lock())).toBe(false);
  });

  it.skipIf(!existsSync('/proc/self/stat'))('takes over when the process id was used again', () => {
    // Process 1 of a container dies; process 1 of the next one finds its lock.
    writeFileSync(lock(), JSON.stringify({ pid: process.pid, started: '0' }));
    lockRunFolder(folder).release();
    writeFileSync(lock(), JSON.stringify({ pid: process.ppid, started: '0' }));
    lockRunFolder(folder).release();
  });

  it('does not remove a lock that has become another’s', () => {
    const mine = lockRunFolder(folder);
    const theirs = JSON.stringify({ pid: process.ppid, started: null });
    writeFileSync(lock(), theirs);
    mine.release();
    expect(readFileSync(lock(), 'utf8')).toBe(theirs);
  });
});
