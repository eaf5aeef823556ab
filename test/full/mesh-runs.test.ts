// Runs and learners on a mesh: what goes through states, evaluations and checkpoints, against one device.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nextToken } from '../../src/algorithms/next-token/next-token.ts';
import { createModel, MODELS } from '../../src/nn/index.ts';
import { RunStopped } from '../../src/run/events.ts';
import { readMetrics } from '../../src/run/metrics.ts';
import { runPaths } from '../../src/run/run-folder.ts';
import {
  parseRecipe,
  REGISTRIES,
  resumeTraining,
  startTraining,
} from '../../src/training/index.ts';
import { openTestLearner } from '../support/open-learner.ts';
import { hasXla, openXla, XLA_PLUGIN } from '../support/open-xla.ts';

const registries = REGISTRIES;

/** A stream of a recurrent model: parameters, moments and what is carried from step to step. */
async function learn(options?: Parameters<typeof openXla>[0]) {
  const sizes = { batchSize: 4, contextLength: 6 };
  const device = openXla(options);
  const learner = await openTestLearner(device, nextToken, {
    model: createModel(
      MODELS,
      'gru',
      { hiddenSize: 8, memoryTokens: 2, decoderLayers: 1, heads: 2 },
      { vocabSize: 10, contextLength: 6 },
    ),
    data: { ...sizes, order: 'stream' },
  });
  const ids = (step: number) =>
    Int32Array.from({ length: 24 }, (_, i) => (i * i + 3 * i + 5 * step) % 10);
  const batch = (step: number) => ({ inputs: ids(step), targets: ids(step + 1) });
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    losses.push((await learner.step(batch(step), { step, learningRate: 0.01 })).loss);
    losses.push((await learner.evaluate([batch(7)])).loss);
  }
  const { params, optimizer } = await learner.snapshot();
  await learner.close();
  await device.close();
  return { losses, arrays: { ...params, ...optimizer } };
}

describe.skipIf(!hasXla)('on a mesh', () => {
  test('a recurrent model that goes through a stream', async () => {
    const alone = await learn();
    const spread = await learn({ spread: { mesh: { data: 2, model: 2 }, shard: true } });
    spread.losses.forEach((loss, i) => {
      expect(Math.abs(loss - alone.losses[i]!), `${i}`).toBeLessThan(1e-5);
    });
    expect(Object.keys(spread.arrays)).toEqual(Object.keys(alone.arrays));
    for (const [name, { shape, data }] of Object.entries(alone.arrays)) {
      expect(spread.arrays[name]!.shape, name).toEqual(shape);
      data.forEach((x, i) => {
        expect(Math.abs(Number(spread.arrays[name]!.data[i]) - Number(x)), name).toBeLessThan(1e-3);
      });
    }
  });
});

describe.skipIf(!hasXla)('a run', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'primordia-mesh-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const recipeOn = (engine: object) =>
    parseRecipe(
      {
        name: 'x',
        model: { kind: 'llama', hiddenSize: 16, layers: 1, heads: 2 },
        data: { kind: 'copy' },
        contextLength: 12,
        batchSize: 4,
        heldOutSequences: 4,
        rollout: { sequences: 2 },
        stages: { only: { steps: 4, evaluateEvery: 2 } },
        checkpoint: { everySteps: 1 },
        engine: { device: `xla:${XLA_PLUGIN}`, ...engine },
      },
      'x.json',
      registries,
    );
  const lossesOf = (directory: string) =>
    readMetrics(runPaths(directory).metrics).map(({ step, loss, heldOutLoss }) => [
      step,
      loss ?? heldOutLoss,
    ]) as [number, number][];

  test('goes on on another mesh from where it was stopped', async () => {
    const [whole, moved] = [path.join(folder, 'whole'), path.join(folder, 'moved')];
    await startTraining(recipeOn({}), { directory: whole, registries });
    const stop = new AbortController();
    await expect(
      startTraining(recipeOn({ mesh: { data: 2 }, shard: true }), {
        directory: moved,
        registries,
        signal: stop.signal,
        listener: (event) => {
          if (event.kind === 'checkpoint' && event.step === 2) stop.abort();
        },
      }),
    ).rejects.toThrow(RunStopped);
    const file = runPaths(moved).recipe;
    const recipe = JSON.parse(readFileSync(file, 'utf8'));
    recipe.engine = { ...recipe.engine, mesh: { data: 1, model: 2 }, shard: false };
    writeFileSync(file, JSON.stringify(recipe));
    const told: string[] = [];
    await resumeTraining({
      directory: moved,
      registries,
      listener: (event) => {
        if (event.kind === 'message') told.push(event.text);
      },
    });
    expect(told.join('\n')).toMatch(
      /computes on .*, data 1, model 2, before on .*, data 2, model 1, sharded: the numbers agree to rounding/,
    );
    expect(told.join('\n')).toMatch(/a step of stage 'only' takes .* of each device’s memory/);
    const [expected, found] = [lossesOf(whole), lossesOf(moved)];
    expect(found.map(([step]) => step)).toEqual(expected.map(([step]) => step));
    found.forEach(([step, loss], i) => {
      expect(Math.abs(loss - expected[i]![1]), `step ${step}`).toBeLessThan(1e-5);
    });
  });
});
