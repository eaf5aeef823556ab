// A bit that flips in what a run keeps beside its checkpoints is found, or changes nothing.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keyFromSeed, UserError } from '../../src/core/index.ts';
import { runPaths } from '../../src/run/run-folder.ts';
import { beginRun, continueRun } from '../../src/run/run-life.ts';
import { type DataRecipe, openData } from '../../src/training/data/open-data.ts';
import { DATA } from '../../src/training/data/registry.ts';
import { flipBits } from '../support/bit-flips.ts';
import { writeStory } from '../support/command-line.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'primordia-state-'));
  writeStory(path.join(folder, 'story.txt'), 60);
});
afterEach(() => rmSync(folder, { recursive: true }));

const STRIDE = 25;
const story = () => ({ files: [path.join(folder, 'story.txt')] });

/** Flips bits of every file below a folder; what `read` then gives must be as before, or a UserError. */
async function expectFound(directory: string, read: () => Promise<unknown>): Promise<void> {
  const before = JSON.stringify(await read());
  const wrong: string[] = [];
  let found = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    for (const flip of flipBits(path.join(entry.parentPath, entry.name), STRIDE)) {
      try {
        if (JSON.stringify(await read()) !== before) wrong.push(`${flip}: unnoticed`);
      } catch (error) {
        if (error instanceof UserError) found++;
        else wrong.push(`${flip}: ${error}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(found).toBeGreaterThan(50);
  expect(JSON.stringify(await read())).toBe(before);
}

const open = (recipe: DataRecipe) =>
  openData(DATA, recipe, {
    directory: path.join(folder, 'data'),
    seed: 0,
    key: keyFromSeed(0),
    steps: 1,
    contextLength: 16,
    batchSize: 2,
    heldOutSequences: 2,
  });

test('in the tokenized text of a run', async () => {
  const tokenizer = { kind: 'bpe', vocabSize: 270 };
  const recipe = { kind: 'text', corpus: story(), evaluationTokens: 64, tokenizer };
  await open(recipe);
  await expectFound(path.join(folder, 'data'), async () => {
    const { info, tokenizer, batch, heldOut } = await open(recipe);
    return [info, tokenizer!.toJson(), await batch(0), heldOut];
  });
});

test('in the characters of a run', async () => {
  const recipe = { kind: 'characters', ...story() };
  await open(recipe);
  await expectFound(path.join(folder, 'data'), async () => {
    const { batch, heldOut } = await open(recipe);
    return [await Promise.all([0, 1, 2, 3].map(batch)), heldOut];
  });
});

test('in the recipe: the run goes on, and says so', async () => {
  const run = path.join(folder, 'run');
  const recipe = { seed: 1, engine: { threads: 2 }, start: { from: 'runs/there', weights: 'all' } };
  const life = { open: async () => null, abandon: () => {}, run: async () => null };
  await beginRun(run, { kind: 'training', recipe }, life);
  const goOn = async (changed: object) => {
    writeFileSync(runPaths(run).recipe, JSON.stringify(changed));
    const said: string[] = [];
    const warn = (text: string) => said.push(text);
    await continueRun(run, 'training', { ...life, readSummary: () => null, warn });
    return said;
  };
  expect(await goOn(recipe)).toEqual([]);
  // How the machine is used, and where a model lies, may change.
  expect(await goOn({ ...recipe, engine: { threads: 1 } })).toEqual([]);
  expect(await goOn({ ...recipe, start: { ...recipe.start, from: 'runs/here' } })).toEqual([]);
  const [said] = await goOn({ ...recipe, seed: 3 });
  expect(said).toContain('recipe.json is not what the run began with');
  // Of a run that was killed before it was written.
  rmSync(runPaths(run).provenance);
  expect(await goOn(recipe)).toEqual([]);
  expect(JSON.parse(readFileSync(runPaths(run).provenance, 'utf8'))).toHaveProperty('recipe');
});
