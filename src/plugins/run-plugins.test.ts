// Plugins that a recipe names, whatever else is wrong with it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadRecipeKinds } from './run-plugins.ts';

let file = '';
beforeAll(() => {
  file = path.join(mkdtempSync(path.join(os.tmpdir(), 'run-plugins-')), 'study.json');
});
afterAll(() => rmSync(path.dirname(file), { recursive: true, force: true }));

const write = (study: object) => writeFileSync(file, JSON.stringify(study));

test('other faults are left to those who check the recipe', async () => {
  write({ axes: { task: { copy: null, stack: {} }, length: 3 }, base: [] });
  expect((await loadRecipeKinds(file, [])).records).toEqual([]);
});

test('a member of an axis that names them wrongly is refused', async () => {
  write({ axes: { task: { copy: { plugins: './a.js' } } } });
  await expect(loadRecipeKinds(file, [])).rejects.toThrow(/plugins must be a list of files/);
});
