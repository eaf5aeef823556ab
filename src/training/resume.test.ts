// What a resumed run needs of its folder, and what it leaves alone where it cannot go on or begin.

import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readMetrics } from '../run/metrics.ts';
import { runPaths } from '../run/run-folder.ts';
import { openDevice } from '../tensor/index.ts';
import { openStageModel } from './open-stage-model.ts';
import { parseRecipe } from './recipe.ts';
import { REGISTRIES } from './registries.ts';
import { findStageModel } from './stage-models.ts';
import { resumeTraining, startTraining } from './train.ts';

const registries = REGISTRIES;
const recipe = parseRecipe(
  {
    name: 'x',
    model: { kind: 'gru', hiddenSize: 8, memoryTokens: 1 },
    data: { kind: 'copy' },
    contextLength: 6,
    batchSize: 2,
    heldOutSequences: 2,
    rollout: { sequences: 2 },
    stages: {
      smt: { algorithm: { kind: 'smt', encoderLayers: 1 }, steps: 1 },
      dmt: { algorithm: { kind: 'dmt', every: 4 }, start: { keep: 'all' }, steps: 2 },
    },
    checkpoint: { everySteps: 1 },
    engine: { threads: 1 },
  },
  'x.json',
  registries,
);

let folder: string;
const at = (...parts: string[]) => path.join(folder, ...parts);
const directory = () => at('run');
const resume = () => resumeTraining({ directory: directory(), registries });
/** Metrics without times. */
const rowsOf = (run: string) =>
  readMetrics(runPaths(run).metrics).map(
    ({ tokensPerSecond, stepMs, elapsedSeconds, ...row }) => row,
  );

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-resume-'));
  await startTraining(recipe, { directory: at('whole'), registries });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(directory(), { recursive: true, force: true });
  cpSync(at('whole'), directory(), { recursive: true });
});

test('a finished stage needs none of its checkpoints, and keeps its metrics', async () => {
  for (const name of ['summary.json', 'checkpoints', 'stages/dmt', 'rollout.json']) {
    rmSync(at('run', name), { recursive: true });
  }
  const { stages } = await resume();
  expect(rowsOf(directory())).toEqual(rowsOf(at('whole')));
  expect(stages.map(({ curve }) => curve.length)).toEqual([2, 2]);
  const model = (run: string) =>
    readFileSync(at(run, 'stages/dmt/artifacts/model/model.safetensors'));
  expect(model('run')).toEqual(model('whole'));
});

test.each([
  ['a checkpoint', 'stages/dmt'],
  ['what a stage left', 'nothing'],
])('where %s is of another model nothing is changed', async (_, removed) => {
  rmSync(at('run/summary.json'));
  rmSync(at('run', removed), { recursive: true, force: true });
  const { model, ...rest } = JSON.parse(readFileSync(at('run/recipe.json'), 'utf8'));
  writeFileSync(
    at('run/recipe.json'),
    JSON.stringify({ ...rest, model: { ...model, hiddenSize: 4 } }),
  );
  const later = '{"stage":"dmt","step":3,"loss":1}\n';
  appendFileSync(at('run/metrics.jsonl'), later);
  const before = readFileSync(at('run/metrics.jsonl'), 'utf8');
  await expect(resume()).rejects.toThrow('hiddenSize 8 against 4');
  expect(readFileSync(at('run/metrics.jsonl'), 'utf8')).toBe(before);
});

test('DMT goes on under no other teacher than that of the run it began with', async () => {
  const { smt, dmt } = recipe.stages;
  const run = at('apart');
  const other = parseRecipe(
    { ...recipe, stages: { dmt: { ...dmt, start: { keep: 'all', from: at('run/stages/smt') } } } },
    'y.json',
    registries,
  );
  await startTraining(other, { directory: run, registries });
  rmSync(path.join(run, 'summary.json'));
  rmSync(path.join(run, 'stages/dmt/artifacts'), { recursive: true });
  const retrained = parseRecipe({ ...recipe, seed: 1, stages: { smt } }, 'z.json', registries);
  rmSync(directory(), { recursive: true });
  await startTraining(retrained, { directory: directory(), registries });
  await expect(resumeTraining({ directory: run, registries })).rejects.toThrow(
    `${at('run/stages/smt')} does not hold the weights that the run in ${run} began with`,
  );
});

test('a model that a stage left is verified before it is used', () => {
  truncateSync(at('run/stages/dmt/artifacts/model/model.safetensors'), 100);
  expect(() => findStageModel(directory(), registries)).toThrow('model.safetensors has 100 bytes');
});

test('a model is opened without the data of other stages', async () => {
  const text = { kind: 'text', corpus: { files: [at('story.jsonl')] } };
  const lines = Array.from({ length: 30 }, (_, i) => ({ text: `Story ${i}. `.repeat(9) }));
  writeFileSync(at('story.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
  const run = at('two');
  const stages = { text: { data: text, steps: 1 }, copy: { data: { kind: 'copy' }, steps: 1 } };
  const two = parseRecipe({ ...recipe, data: undefined, stages }, 'two.json', registries);
  await startTraining(two, { directory: run, registries });
  rmSync(path.join(run, 'data'), { recursive: true });
  const device = openDevice({ threads: 1 });
  try {
    const opened = await openStageModel(device, run, findStageModel(run, registries)!, registries);
    expect(opened.data.vocabSize).toBe(opened.model.vocabSize);
    await opened.close();
    expect(existsSync(path.join(run, 'data'))).toBe(false);
  } finally {
    await device.close();
  }
});

test('a stage that asks for what nobody will have judged costs no training', async () => {
  const { smt } = recipe.stages;
  const stages = { smt, text: { requireGate: 'dynamics', start: { from: 'smt', keep: 'all' } } };
  const asking = parseRecipe({ ...recipe, stages }, 'a.json', registries);
  await expect(startTraining(asking, { directory: at('asking'), registries })).rejects.toThrow(
    'stages.text.requireGate asks for dynamics, and the model that it starts from, smt, was not judged',
  );
  const from = at('run/stages/dmt');
  const copy = { copy: { start: { from, keep: 'all' } } };
  const apart = parseRecipe(
    { ...recipe, requireGate: 'dynamics', stages: copy },
    'b.json',
    registries,
  );
  await expect(startTraining(apart, { directory: at('asking'), registries })).rejects.toThrow(
    `requireGate asks for dynamics, and the model that it starts from, ${from}, was not judged`,
  );
  expect(existsSync(at('asking'))).toBe(false);
});

test('a stage that is not finished has no model to begin with, and says so', async () => {
  rmSync(at('run/stages/dmt/artifacts'), { recursive: true });
  const start = { from: at('run/stages/dmt'), keep: 'all' };
  const apart = parseRecipe({ ...recipe, stages: { copy: { start } } }, 'c.json', registries);
  await expect(startTraining(apart, { directory: at('early'), registries })).rejects.toThrow(
    `stage 'dmt' of ${directory()} is not finished`,
  );
  expect(existsSync(at('early'))).toBe(false);
});
