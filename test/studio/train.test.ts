// What the page of training computes, without a page.

import { describe, expect, test } from 'vitest';
import { foldIn, keyFromSeed } from '../../src/core/index.ts';
import { openDevice } from '../../src/tensor/index.ts';
import { loadTraining, REGISTRIES } from '../../src/training/index.ts';
import { createWorldOf, drawSequence, WORLDS } from '../../src/worlds/index.ts';
import { chooseBaselines } from '../../studio/pages/train/choose-baselines.ts';
import { formatLosses } from '../../studio/pages/train/format-losses.ts';
import { chooseThreads } from '../../studio/pages/train/load-runtime.ts';
import { CHOICES, readRecipe, trainCommand } from '../../studio/pages/train/nano-recipe.ts';
import {
  measureNanoBaselines,
  openTraining,
  previewWorld,
} from '../../studio/pages/train/open-training.ts';

const SMALL = { width: '32', layers: '1', steps: '100' };

describe('the recipe', () => {
  test.each([
    ['as it is shipped', {}],
    [
      'with every choice changed',
      Object.fromEntries(CHOICES.map((c) => [c.key, c.values.at(-1)!])),
    ],
  ])('%s is that of the command', async (_, texts) => {
    const settings = trainCommand(texts).split(' --set ')[1]?.split(' ') ?? [];
    const recipe = await loadTraining('nca-nano', settings, REGISTRIES);
    const { seed, model, data, learningRate, ...sizes } = readRecipe(texts);
    const { source } = recipe.stages;
    expect(recipe).toMatchObject({ seed, model });
    expect(source).toMatchObject({ data, ...sizes, optimizer: { learningRate } });
    expect(source!.optimizer).toMatchObject({
      clipNorm: 1,
      schedule: { kind: 'cosine', warmup: 0.1, final: 0.05 },
    });
    expect(Object.keys(recipe.stages)).toEqual(['source']);
  });

  test('ignores what is not offered', () => {
    expect(readRecipe({ width: '4096', other: '1' })).toEqual(readRecipe({}));
  });
});

test('frames before training are those of the first held-out sequence', async () => {
  const recipe = readRecipe({});
  const { kind, ...options } = recipe.data;
  const sequenceLength = recipe.contextLength + 1;
  const world = createWorldOf(WORLDS, kind, options, { sequenceLength });
  const key = foldIn(foldIn(keyFromSeed(recipe.seed), 'source'), 'held-out');
  const { states } = drawSequence(world, key, 0);
  const preview = await previewWorld(recipe);
  const frames = world.planes(states).slice(0, 4);
  expect(preview.map(({ truth }) => Array.from(truth.cells))).toEqual(
    frames.map(({ cells }) => Array.from(cells)),
  );
  expect(preview.every(({ prediction }) => prediction === null)).toBe(true);
});

test('a model learns, and its predictions are compared frame by frame', async () => {
  const device = openDevice({ threads: 1 });
  const training = await openTraining(device, readRecipe(SMALL));
  const before = await training.evaluate();
  for (let step = 0; step < 30; step++) await training.step(step);
  const after = await training.evaluate();
  expect(after.loss).toBeLessThan(before.loss - 0.2);
  expect(after.accuracy).toBeGreaterThan(before.accuracy);
  expect(after.frames.map(({ prediction }) => prediction !== null)).toEqual([
    false,
    true,
    true,
    true,
  ]);
  expect(after.frames.map(({ truth }) => truth)).toEqual(before.frames.map(({ truth }) => truth));
  await training.close();
  await device.close();
});

test('predictors are the gate’s, of which a chart shows the best of each kind', async () => {
  const baselines = await measureNanoBaselines({
    ...readRecipe({}),
    steps: 20,
    heldOutSequences: 8,
  });
  const chosen = chooseBaselines(baselines);
  expect(chosen.map(({ kind }) => kind)).toEqual(['global', 'blind', 'lookup']);
  for (const { kind, loss } of chosen) {
    const losses = baselines.filter((one) => one.kind === kind).map((one) => one.loss);
    expect(loss).toBe(Math.min(...losses));
    expect(loss).toBeLessThan(Math.log(4));
  }
  expect(chooseBaselines([])).toEqual([]);
});

test('losses are saved as a table', () => {
  expect(
    formatLosses(
      [2, 1.5],
      [
        { step: 0, loss: 3 },
        { step: 2, loss: 1 },
      ],
    ),
  ).toBe('step,loss,heldOutLoss\n0,,3\n1,2,\n2,1.5,1\n');
});

test('threads are for pages that are isolated', () => {
  expect(chooseThreads(false, 16)).toBe(1);
  expect([1, 2, 4, 8, 64].map((count) => chooseThreads(true, count))).toEqual([1, 1, 2, 4, 4]);
});
