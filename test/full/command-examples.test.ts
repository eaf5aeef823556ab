// What help shows to be typed, and what README and reference pages show that trains, each with a few steps;
// test/end-to-end/readme.test.ts has the rest of the pages.

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

const fromHelp = await helpExamples();
const lines = [
  ...new Set([
    ...fromHelp,
    ...manualCommands('text').filter((line) => !isRunAtOnce(line)),
    // The first lines of the recipes that the pages show.
    'train my-recipe.js',
    'train my-tokens.js',
    'train my-memory.js',
    'study my-study.js',
    'study my-cells.js',
  ]),
].filter((line) => !(line in NOT_RUN));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-test-'));
  prepareProject(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('there are examples that train, and examples that take moments', () => {
  expect(lines.filter((line) => !isRunAtOnce(line)).length).toBeGreaterThanOrEqual(20);
  expect(lines.filter((line) => isRunAtOnce(line)).length).toBeGreaterThanOrEqual(35);
});

test.each(lines)('%s', async (line) => {
  const { code, stderr } = await runExample(line, folder);
  // Where standard output is a program's, progress goes to standard error; of a warrior without ;assert there is a warning.
  const expected = isRunAtOnce(line) ? expect.not.stringMatching(/error/i) : '';
  expect({ code, stderr }).toEqual({ code: 0, stderr: expected });
});
