// Examples of README, reference pages and help that train, each with a few steps: test/end-to-end/help-examples.test.ts has the others.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  helpExamples,
  isRunAtOnce,
  manualCommands,
  NOT_RUN,
  prepareProject,
  runExample,
} from '../support/command-examples.ts';

const lines = [
  ...new Set([
    ...(await helpExamples()),
    ...manualCommands('text'),
    // The first lines of the recipes that the pages show.
    'train my-recipe.js',
    'train my-tokens.js',
    'train my-memory.js',
    'study my-study.js',
    'study my-cells.js',
  ]),
].filter((line) => !isRunAtOnce(line) && !(line in NOT_RUN));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-test-'));
  prepareProject(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('there are examples that train', () => {
  expect(lines.length).toBeGreaterThanOrEqual(20);
});

test.each(lines)('%s', async (line) => {
  const { code, stderr } = await runExample(line, folder);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
