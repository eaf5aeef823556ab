// A save is cut short at every single operation on the disk, by a crash and by a failing disk;
// whatever happens, a run finds a whole checkpoint to go on from.

import * as nodeFs from 'node:fs';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { arrayOf, UserError } from '../../src/core/index.ts';
import type { FileOperations } from '../../src/files/atomic.ts';
import { readSafetensors } from '../../src/files/safetensors.ts';
import {
  checkpointName,
  findLatestCheckpoint,
  listCheckpoints,
  saveCheckpoint,
} from '../../src/run/checkpoint.ts';

let base: string;
let directory: string;
beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'checkpoint-crash-'));
  directory = path.join(base, 'checkpoints');
});
afterEach(() => rmSync(base, { recursive: true }));

class Crash extends Error {}

const REAL: FileOperations = {
  openSync: nodeFs.openSync,
  writeSync: nodeFs.writeSync,
  fsyncSync: nodeFs.fsyncSync,
  closeSync: nodeFs.closeSync,
  mkdirSync: nodeFs.mkdirSync,
  renameSync: nodeFs.renameSync,
  rmSync: nodeFs.rmSync,
};
const NAMES = Object.keys(REAL) as (keyof FileOperations)[];

type Operation = { readonly name: keyof FileOperations; readonly args: readonly unknown[] };

/**
 * The real operations, of which number `faultAt` (from 0) goes wrong: half done, not done or done
 * before it throws. After a crash every later operation throws too, as nothing runs in a dead process.
 */
function faultyFiles(
  faultAt: number,
  kind: 'crash before' | 'crash midway' | 'crash after' | 'disk full',
): { readonly files: FileOperations; readonly log: Operation[] } {
  const log: Operation[] = [];
  const open = new Set<number>();
  const wrap = (name: keyof FileOperations) => {
    const real = REAL[name] as (...args: unknown[]) => unknown;
    return (...args: unknown[]) => {
      const index = log.push({ name, args }) - 1;
      const faulty = index === faultAt;
      if (index > faultAt && kind !== 'disk full') throw new Crash();
      if (faulty && kind === 'crash midway') doHalf(name, args);
      if (faulty && kind === 'disk full') {
        throw Object.assign(new Error('full'), { code: 'ENOSPC', syscall: name });
      }
      if (faulty && kind !== 'crash after') {
        // The operating system closes what a dead process had open.
        for (const descriptor of open) nodeFs.closeSync(descriptor);
        throw new Crash();
      }
      const result = real(...args);
      if (name === 'openSync') open.add(result as number);
      if (name === 'closeSync') open.delete(args[0] as number);
      if (faulty) {
        for (const descriptor of open) nodeFs.closeSync(descriptor);
        throw new Crash();
      }
      return result;
    };
  };
  const files = Object.fromEntries(NAMES.map((name) => [name, wrap(name)]));
  return { files: files as unknown as FileOperations, log };
}

function doHalf(name: string, args: readonly unknown[]): void {
  if (name === 'writeSync') {
    const [descriptor, bytes, offset, length] = args as [number, Uint8Array, number, number];
    nodeFs.writeSync(descriptor, bytes, offset, Math.floor(length / 2));
  }
  if (name === 'rmSync' && nodeFs.existsSync(args[0] as string)) {
    const [first] = readdirSync(args[0] as string);
    if (first) rmSync(path.join(args[0] as string, first), { recursive: true });
  }
}

/** Saves step `step`; `version` tells two saves of one step apart. */
function save(step: number, version: number, keepLast: number, files?: FileOperations) {
  const weights = arrayOf(
    'float32',
    [64],
    Float32Array.from({ length: 64 }, () => version),
  );
  return saveCheckpoint(
    {
      directory,
      step,
      keepLast,
      files: [
        { name: 'model/model.safetensors', content: { tensors: { weights } } },
        { name: 'state.json', content: JSON.stringify({ step, version }) },
        { name: 'log.txt', content: (filePath) => nodeFs.writeFileSync(filePath, 'a log') },
      ],
    },
    files,
  );
}

/** The checkpoint a run would go on from, its bytes verified: `[step, version]`, or null. */
function resume(): [step: number, version: number] | null {
  const { checkpoint, warnings } = findLatestCheckpoint(directory, { hashes: true });
  expect(warnings).toEqual([]);
  if (checkpoint === null) return null;
  const state = JSON.parse(readFileSync(path.join(checkpoint.path, 'state.json'), 'utf8'));
  const { tensors } = readSafetensors(path.join(checkpoint.path, 'model', 'model.safetensors'));
  expect(state.step).toBe(checkpoint.step);
  expect(new Set(tensors.weights!.data as Float32Array)).toEqual(new Set([state.version]));
  return [checkpoint.step, state.version];
}

type History = {
  readonly title: string;
  /** Steps saved before. */
  readonly before: readonly number[];
  /** Step and version of the save that goes wrong. */
  readonly last: readonly [step: number, version: number];
  readonly keepLast: number;
};

const histories: readonly History[] = [
  { title: 'the first checkpoint', before: [], last: [1, 1], keepLast: 2 },
  { title: 'a later one that removes the oldest', before: [1, 2], last: [3, 1], keepLast: 1 },
  { title: 'one that replaces another of its step', before: [1, 2], last: [2, 2], keepLast: 2 },
];

function prepare({ before }: History): void {
  rmSync(directory, { recursive: true, force: true });
  for (const step of before) save(step, 1, 10);
}

/** The number of operations an undisturbed save takes. */
function countOperations(history: History): number {
  prepare(history);
  const { files, log } = faultyFiles(Number.POSITIVE_INFINITY, 'crash before');
  save(...history.last, history.keepLast, files);
  return log.length;
}

describe.each(histories)('saving $title', (history) => {
  const newest = history.before.at(-1);
  const old = newest === undefined ? null : [newest, 1];

  it.each(['crash before', 'crash midway', 'crash after'] as const)(
    'leaves the old checkpoint or the new one, whole: %s each operation',
    (kind) => {
      const count = countOperations(history);
      expect(count).toBeGreaterThan(20);
      const outcomes = new Set<string>();
      for (let faultAt = 0; faultAt < count; faultAt++) {
        prepare(history);
        const { files, log } = faultyFiles(faultAt, kind);
        expect(() => save(...history.last, history.keepLast, files)).toThrow(Crash);
        expect(log.length).toBeGreaterThan(faultAt);
        const found = resume();
        expect([old, history.last]).toContainEqual(found);
        outcomes.add(JSON.stringify(found));
        // The next process goes on: it saves, and nothing of the crash is left.
        save(4, 1, 2);
        expect(resume()).toEqual([4, 1]);
        const kept = listCheckpoints(directory).map(({ step }) => checkpointName(step));
        expect(readdirSync(directory).sort()).toEqual(kept);
        expect(kept).toHaveLength(found === null ? 1 : 2);
      }
      // The new one appears at one moment of the sequence, not at its end alone and not at its start.
      expect(outcomes.size).toBe(2);
    },
  );

  it('explains a disk that fails at each operation, and the same process can go on', () => {
    const count = countOperations(history);
    for (let faultAt = 0; faultAt < count; faultAt++) {
      prepare(history);
      const { files } = faultyFiles(faultAt, 'disk full');
      const error = errorOf(() => save(...history.last, history.keepLast, files));
      const found = resume();
      expect([old, history.last]).toContainEqual(found);
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toMatch(/^disk full while (writing|removing) /);
      expect(error.message).not.toContain('.tmp-');
      if (error.message.includes('writing')) {
        const last = found && path.join(directory, checkpointName(found[0]));
        expect(error.hint).toContain(
          last === null ? 'there is no earlier checkpoint' : `the last good checkpoint is ${last}`,
        );
      }
      save(...history.last, history.keepLast);
      expect(resume()).toEqual(history.last);
      const kept = listCheckpoints(directory).map(({ step }) => checkpointName(step));
      expect(readdirSync(directory).sort()).toEqual(kept);
    }
  });
});

describe('the order of operations', () => {
  it('has everything on the disk before the name appears, and the name before anything is removed', () => {
    for (const step of [1, 2]) save(step, 1, 10);
    const { files, log } = faultyFiles(Number.POSITIVE_INFINITY, 'crash before');
    const paths = new Map<number, string>();
    const synced: { readonly file: string; readonly at: number }[] = [];
    const recording: FileOperations = {
      ...files,
      openSync: (file, ...rest) => {
        const descriptor = files.openSync(file, ...rest);
        paths.set(descriptor, String(file));
        return descriptor;
      },
      fsyncSync: (descriptor) => {
        files.fsyncSync(descriptor);
        synced.push({ file: paths.get(descriptor)!, at: log.length });
      },
    };
    save(3, 1, 1, recording);

    const final = path.join(directory, checkpointName(3));
    const temporary = `${final}.tmp-${process.pid}`;
    const appears = log.findIndex(({ name, args }) => name === 'renameSync' && args[1] === final);
    expect(log[appears]?.args[0]).toBe(temporary);
    const before = synced.filter(({ at }) => at <= appears).map(({ file }) => file);
    const inside = [
      '',
      'checkpoint.json',
      'model',
      'model/model.safetensors',
      'state.json',
      'log.txt',
    ];
    for (const name of inside) expect(before).toContain(path.join(temporary, name));

    const durable = synced.find(({ file, at }) => file === directory && at > appears)!.at;
    const removals = log
      .map(({ name, args }, at) => ({ name, from: String(args[0]), at }))
      .filter(
        ({ name, from }) => /^(renameSync|rmSync)$/.test(name) && !from.startsWith(temporary),
      );
    expect(removals).toHaveLength(4);
    for (const { at } of removals) expect(at).toBeGreaterThanOrEqual(durable);
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
