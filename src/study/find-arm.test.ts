// Arms of a study by name, in a folder as a study leaves it.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findArm, findArms } from './find-arm.ts';
import { writePlan } from './study-folder.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'find-arm-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Plans runs, each with the job that ends it, and begins some of the jobs. */
function plan(runs: Readonly<Record<string, string>>, begun: readonly string[]): void {
  const ids = [...new Set(Object.values(runs))];
  const recipe = { name: 's', seed: 0 };
  writePlan(directory, {
    jobs: new Map(ids.map((id) => [id, { id, label: id, after: [], recipe }])),
    jobOf: new Map(Object.entries(runs)),
  });
  for (const id of begun) {
    mkdirSync(path.join(directory, 'jobs', id, 'checkpoints'), { recursive: true });
  }
}

const folder = (id: string) => path.join(directory, 'jobs', id);

test('arms whose runs are one job have the folder of that job', () => {
  const shared = 'shared/text-0a/seed-0';
  plan({ 'cells/a/seed-0': 'cells/a/seed-0', 'cells/b/seed-0': shared, 'cells/c/seed-0': shared }, [
    shared,
  ]);
  expect(findArm(directory)).toEqual({ name: 'b/seed-0', folder: folder(shared) });
  expect(findArms(directory).map(({ name }) => name)).toEqual(['b/seed-0', 'c/seed-0']);
  expect(findArm(directory, 'c').folder).toBe(folder(shared));
  expect(findArm(directory, 'c/seed-0').folder).toBe(folder(shared));
  expect(() => findArm(directory, 'a')).toThrow(/no step of a has been saved yet/);
  expect(() => findArm(directory, 'd')).toThrow(/has no arm 'd'/);
});

test('an arm of several axes is named as in folders or as in reports', () => {
  plan({ 'cells/32/bptt/seed-0': 'one' }, ['one']);
  expect(findArm(directory, '32/bptt').folder).toBe(folder('one'));
  expect(findArm(directory, '32 bptt').folder).toBe(folder('one'));
  expect(() => findArm(directory, '32 smt')).toThrow(/has no arm '32 smt'/);
});

test('while values are tuned there may be no arm yet', () => {
  plan({ 'tuning/a/x-1/seed-9': 'tuning/a/x-1/seed-9' }, ['tuning/a/x-1/seed-9']);
  expect(() => findArm(directory)).toThrow(/no step of any arm has been saved yet/);
  expect(() => findArm(directory, 'a')).toThrow(/has no arm 'a'/);
});
