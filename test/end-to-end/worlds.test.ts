// Every kind of world that a recipe may name goes through a whole run: source stage, gate, text stage, report.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DOMParser } from 'linkedom';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildTrainingPage, collectTrainingReport, renderReport } from '../../src/report/index.ts';
import { parseRecipe, REGISTRIES, startTraining } from '../../src/training/index.ts';
import { WORLDS as REGISTRY } from '../../src/worlds/index.ts';
import { writeStory } from '../support/command-line.ts';
import { expectInPage } from '../support/page-text.ts';
import { SMALL_NCA } from '../support/world-changes.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-worlds-'));
  writeStory(path.join(folder, 'story.txt'), 150);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FRAMED = ['copy of the place', 'same place', '3×3 cells'];

/** A small world a kind, predictors that it has, and the pictures: rows for two sequences, by columns. */
const WORLDS = [
  { world: { kind: 'nca', ...SMALL_NCA }, unit: 'frame', has: FRAMED, pictures: 2 * (8 + 7 + 7) },
  { world: { kind: 'shuffled', of: SMALL_NCA }, unit: 'frame', has: FRAMED, pictures: 44 },
  { world: { kind: 'iid', of: SMALL_NCA }, unit: 'frame', has: FRAMED, pictures: 44 },
  {
    world: { kind: 'dyck', types: 4 },
    unit: 'chunk',
    has: ['n-gram up to 12', 'oracle'],
    pictures: 6,
  },
  {
    world: { kind: 'elementary', width: 16 },
    unit: 'frame',
    has: [...FRAMED, 'same place, remembered', 'oracle'],
    pictures: 6,
  },
  {
    world: { kind: 'elementary', rules: [30], width: 16 },
    unit: 'frame',
    has: [...FRAMED, 'oracle'],
    pictures: 6,
  },
  {
    world: { kind: 'life', grid: 6 },
    unit: 'frame',
    has: [...FRAMED, 'oracle'],
    pictures: 2 * (8 + 7 + 7),
  },
  { world: { kind: 'dfa' }, unit: 'chunk', has: ['n-gram up to 12'], pictures: 6 },
];

test('every kind of world is here', () => {
  const kinds = ['nca', 'shuffled', 'iid', 'dyck', 'elementary', 'life', 'dfa'];
  for (const kind of kinds) expect(Object.keys(REGISTRY)).toContain(kind);
  expect([...new Set(WORLDS.map(({ world }) => world.kind))]).toEqual(kinds);
});

test.each(WORLDS)('$world is learned from, judged and shown', async (expected) => {
  const { world, unit, has } = expected;
  const control = ['shuffled', 'iid'].includes(world.kind);
  const directory = path.join(folder, `${WORLDS.indexOf(expected)}`);
  const recipe = parseRecipe(
    {
      name: world.kind,
      model: { hiddenSize: 16, layers: 1, heads: 2 },
      // Eight frames where a frame takes six tokens.
      stages: {
        source: { data: world, contextLength: 47, batchSize: 2, steps: 3, heldOutSequences: 6 },
        text: {
          data: {
            kind: 'text',
            corpus: { files: [path.join(folder, 'story.txt')] },
            evaluationTokens: 64,
          },
          contextLength: 16,
          batchSize: 2,
          steps: 2,
        },
      },
      engine: { threads: 1 },
    },
    'test',
    REGISTRIES,
  );
  const { stages } = await startTraining(recipe, { directory, registries: REGISTRIES });
  const [{ gate }, text] = stages as [(typeof stages)[0], (typeof stages)[0]];
  expect(text.loss).toBeGreaterThan(0);
  expect(gate!.loss).toBeGreaterThan(0);
  // Three steps teach nothing but frequencies.
  expect(gate!.verdict).not.toBe('dynamics');
  expect(gate!.control).toBe(control);
  const names = gate!.baselines.map(({ name }) => name);
  for (const name of ['global unigram', 'in-context unigram', ...has])
    expect(names).toContain(name);
  expect(names.includes('same place')).toBe(unit === 'frame');
  for (const { loss } of gate!.baselines) expect(loss).toBeGreaterThanOrEqual(0);
  expect(gate!.changed !== null).toBe(unit === 'frame');
  expect(gate!.shuffledFrame !== null).toBe(unit === 'frame');
  expect(gate!.seenRules !== null).toBe(['nca', 'dfa'].includes(world.kind));

  const html = renderReport(buildTrainingPage(collectTrainingReport(directory, REGISTRIES)));
  const document = new DOMParser().parseFromString(html, 'text/html');
  expect(document.querySelectorAll('.frames img')).toHaveLength(expected.pictures);
  const page = document.body.textContent!;
  expectInPage(page, `Accuracy by ${unit}`);
  expectInPage(page, `Loss by ${unit}`);
  expectInPage(page, `Gate: ${gate!.verdict}.`);
  for (const name of names) expectInPage(page, name);
  expect(page.includes('The world is a control')).toBe(control && gate!.reasons.length > 2);
  // Rules from a short list are the same in training.
  const fresh = ['nca', 'shuffled', 'dfa'].includes(world.kind);
  expect(page.includes('rules never trained on')).toBe(fresh);
});
