// Training on XLA is killed at operations on the disk, and resumes to the same files with the same bits, whether its programs
// are compiled anew or taken from the cache.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { writeTinyProject } from '../support/command-line.ts';
import {
  choosePoints,
  differences,
  type Killable,
  killAndGoOn,
  removeFolder,
  runUndisturbed,
} from '../support/kill-sweep.ts';
import { hasXla, XLA_PLUGIN } from '../support/open-xla.ts';

/** Dropout and accumulation are in it; one stage, since compiling takes most of the time. */
const KIND: Killable = {
  name: 'train on XLA',
  prepare: (folder) =>
    writeTinyProject(folder, {
      stages: {
        source: null,
        text: { start: null, accumulate: 2, steps: 8, evaluateEvery: 4 },
      },
      checkpoint: { everySteps: 3, keepLast: 2 },
    }),
  begin: ['train', 'tiny.json', '--out', 'out', '--device', `xla:${XLA_PLUGIN}`],
  goOn: ['resume', 'out'],
};

let base: string;
const before = process.env.PRIMORDIA_XLA_CACHE;
beforeAll(() => {
  base = mkdtempSync(path.join(tmpdir(), 'primordia-xla-kill-'));
});
afterEach(() => {
  if (before === undefined) delete process.env.PRIMORDIA_XLA_CACHE;
  else process.env.PRIMORDIA_XLA_CACHE = before;
});
afterAll(() => removeFolder(base));

describe.skipIf(!hasXla)('killed and resumed on XLA, the same files come out:', () => {
  test.each([
    ['with a cache', 'cache', 4],
    ['without one', 'off', 1],
  ] as const)('%s', async (_, cache, count) => {
    process.env.PRIMORDIA_XLA_CACHE = cache === 'off' ? cache : path.join(base, cache);
    const whole = path.join(base, 'whole');
    const { operations, snapshot } = runUndisturbed(KIND, whole);
    const wrong: string[] = [];
    for (const point of choosePoints(operations, count)) {
      const folder = path.join(base, 'killed');
      const found = differences(await killAndGoOn(KIND, folder, point), snapshot);
      wrong.push(...found.map((difference) => `${point.fault} ${point.at}: ${difference}`));
      removeFolder(folder);
    }
    removeFolder(whole);
    expect(wrong).toEqual([]);
  });
});
