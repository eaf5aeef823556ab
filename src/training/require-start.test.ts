// What a stage asks of a model that was judged: in another run before anything is trained, in its own run once it is there.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { PREDICTORS_VERSION } from '../eval/index.ts';
import { GateNotMet } from './gate-record.ts';
import { judgeRun } from './judge.ts';
import { tryTraining } from './prepare.ts';
import { parseRecipe } from './recipe.ts';
import { REGISTRIES } from './registries.ts';
import { resumeTraining, startTraining } from './train.ts';
import { gatePath } from './training-folder.ts';

const registries = REGISTRIES;
const world = (colors: number) => ({
  data: { kind: 'nca', colors, grid: 4, patch: 2, band: { kind: 'none' } },
  contextLength: 17,
  steps: 1,
});
const copy = { data: { kind: 'copy' }, contextLength: 12, steps: 1 };
const recipeOf = (stages: object) =>
  parseRecipe(
    {
      name: 'x',
      model: { hiddenSize: 8, layers: 1, heads: 1 },
      batchSize: 2,
      heldOutSequences: 2,
      rollout: { sequences: 2 },
      engine: { threads: 1 },
      stages,
    },
    'x.json',
    registries,
  );

let folder: string;
const at = (...parts: string[]) => path.join(folder, ...parts);
const start = (name: string, stages: object) =>
  startTraining(recipeOf(stages), { directory: at(name), registries });
const readGateFile = (run: string, stage: string) =>
  JSON.parse(readFileSync(gatePath(at(run), stage), 'utf8'));
function changeGate(run: string, stage: string, changes: object): void {
  const record = readGateFile(run, stage);
  const gate = { ...record.gate, ...changes };
  writeFileSync(gatePath(at(run), stage), JSON.stringify({ ...record, gate }));
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-start-'));
  await start('other', { early: world(2), late: { ...world(3), start: null } });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  for (const stage of ['early', 'late']) {
    changeGate('other', stage, {
      verdict: 'nothing',
      control: false,
      predictorsVersion: PREDICTORS_VERSION,
    });
  }
});

const later = (from: string) => ({
  first: copy,
  text: { ...copy, start: { from }, requireGate: 'dynamics' },
});

test('a model of another run that has learned too little is refused before anything is trained', async () => {
  const from = at('other');
  await expect(tryTraining(recipeOf(later(from)), { registries })).rejects.toThrow(GateNotMet);
  await expect(start('refused', later(from))).rejects.toThrow(
    `the model of ${from} has learned nothing, and requireGate asks for dynamics: stage 'text' was not begun`,
  );
  expect(existsSync(at('refused'))).toBe(false);
  changeGate('other', 'late', { control: true, predictorsVersion: 1 });
  await tryTraining(recipeOf(later(from)), { registries });
});

test('a superseded gate of another run names the command that judges its stage again', async () => {
  changeGate('other', 'early', { verdict: 'dynamics', predictorsVersion: 1 });
  const recipe = recipeOf(later(at('other', 'stages', 'early')));
  await expect(tryTraining(recipe, { registries })).rejects.toMatchObject({
    message: expect.stringContaining('was written by an earlier gate'),
    hint: `to judge the model again: primordia gate ${at('other')}`,
  });
  const newest = await judgeRun(at('other'), { registries });
  expect(newest).toEqual(readGateFile('other', 'late'));
  expect(readGateFile('other', 'early').gate.predictorsVersion).toBe(PREDICTORS_VERSION);
  await expect(tryTraining(recipe, { registries })).rejects.toThrow(GateNotMet);
});

test("a superseded gate of the run's own stage is made anew when the next one begins", async () => {
  const stages = { source: world(2), text: { ...copy, requireGate: 'statistics' } };
  await expect(start('own', stages)).rejects.toThrow(GateNotMet);
  const before = readGateFile('own', 'source');
  changeGate('own', 'source', { verdict: 'statistics', predictorsVersion: 1 });
  const resume = resumeTraining({ directory: at('own'), registries });
  await expect(resume).rejects.toThrow(/^stage 'source' of .*own has learned nothing/);
  expect(readGateFile('own', 'source')).toEqual(before);
});
