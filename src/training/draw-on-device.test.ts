// Training on sequences that the device draws: the same steps as on their tokens, resumed to the same bits.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchKeys, drawTraced } from '../../test/support/draw-traced.ts';
import { openTestLearner } from '../../test/support/open-learner.ts';
import { nextToken, smt } from '../algorithms/index.ts';
import { keyFromSeed } from '../core/index.ts';
import { createModel, MODELS } from '../nn/index.ts';
import { RunStopped } from '../run/events.ts';
import { readMetrics } from '../run/metrics.ts';
import { runPaths } from '../run/run-folder.ts';
import { type Device, openDevice } from '../tensor/index.ts';
import { WORLDS } from '../worlds/index.ts';
import { openData } from './data/open-data.ts';
import { DATA } from './data/registry.ts';
import { parseRecipe } from './recipe.ts';
import { REGISTRIES } from './registries.ts';
import { resumeTraining, startTraining } from './train.ts';

const OPTIONS = { colors: 2, grid: 4, band: { kind: 'none' } };
const NCA = { kind: 'nca', ...OPTIONS };
const TIME = 23;
const BATCH = 4;
const KEY = keyFromSeed(1);
const context = {
  directory: null,
  seed: 0,
  key: KEY,
  contextLength: TIME,
  batchSize: BATCH,
  heldOutSequences: 6,
  steps: 5,
};

describe('data', () => {
  test('have keys for batches, and held-out sequences of the host', async () => {
    const device = await openData(DATA, { ...NCA, drawOn: 'device' }, context);
    const host = await openData(DATA, NCA, context);
    expect(device.heldOut).toEqual(host.heldOut);
    expect(device.drawnOnDevice).toBe(true);
    expect(host.drawnOnDevice).toBeUndefined();
    expect(host.onDevice).toBeUndefined();
    const keys = [0, 1, 7].map((step) => device.onDevice!.key(step));
    expect(new Set(keys.map(String)).size).toBe(3);
    expect(device.onDevice!.key(7)).toEqual(keys[2]);
    // The host does not know the rules that the device draws.
    expect(host.gate).toHaveProperty('seenRules');
    expect(device.gate).not.toHaveProperty('seenRules');
  });

  test('of a world without a program, or with a filter, are refused', async () => {
    const life = { kind: 'life', drawOn: 'device' };
    await expect(openData(DATA, life, context)).rejects.toThrow("unknown key 'drawOn'");
    const filtered = { kind: 'nca', colors: 4, grid: 4, drawOn: 'device' };
    await expect(async () => openData(DATA, filtered, context)).rejects.toThrow(
      'a device cannot judge simulations by their gzip ratio',
    );
  });
});

describe('a learner', () => {
  let device: Device;
  beforeAll(() => {
    device = openDevice({ threads: 1 });
  });
  afterAll(() => device.close());
  const source = WORLDS.nca.trace!(WORLDS.nca.options.parse(OPTIONS), {
    sequenceLength: TIME + 1,
    registry: WORLDS,
  });
  const model = createModel(
    MODELS,
    'llama',
    { hiddenSize: 8, layers: 1, heads: 2, intermediateSize: 8 },
    { vocabSize: 18, contextLength: TIME },
  );
  const data = { batchSize: BATCH, contextLength: TIME, firstPosition: 5 };

  test.each([1, 2])(
    'takes the steps that it takes on the same tokens, in %i parts',
    async (accumulate) => {
      const keys = batchKeys(KEY, 3);
      const drawn = await drawTraced(device, source, keys, BATCH);
      const request = { model, accumulate };
      const own = await openTestLearner(device, nextToken, {
        ...request,
        data: { ...data, drawnOnDevice: true },
        source,
      });
      const given = await openTestLearner(device, nextToken, { ...request, data });
      const cut = (tokens: Int32Array, from: number) =>
        Int32Array.from(
          { length: BATCH * TIME },
          (_, i) => tokens[Math.floor(i / TIME) * (TIME + 1) + (i % TIME) + from]!,
        );
      for (const [step, key] of keys.entries()) {
        const tokens = { inputs: cut(drawn[step]!, 0), targets: cut(drawn[step]!, 1) };
        const options = { step, learningRate: 0.01 };
        expect((await own.step({ key }, options)).loss).toBeCloseTo(
          (await given.step(tokens, options)).loss,
          6,
        );
      }
      expect(own.facts!()).toEqual(given.facts!());
      const tokens = { inputs: cut(drawn[0]!, 0), targets: cut(drawn[0]!, 1) };
      const options = { step: 3, learningRate: 0.01 };
      await expect(own.step(tokens, options)).rejects.toThrow('a batch has tokens, unlike');
      await expect(given.step({ key: KEY }, options)).rejects.toThrow('a batch is a key, unlike');
      await Promise.all([own.close(), given.close()]);
    },
  );

  test('of an algorithm that cuts batches on the host refuses', async () => {
    const gru = createModel(
      MODELS,
      'gru',
      { hiddenSize: 8, memoryTokens: 1 },
      { vocabSize: 18, contextLength: TIME },
    );
    const request = { model: gru, data: { ...data, drawnOnDevice: true }, source };
    await expect(openTestLearner(device, smt, request)).rejects.toThrow(
      "smt cuts its batches on the host; the data say drawOn: 'device'",
    );
  });
});

describe('a run', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'primordia-device-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const registries = REGISTRIES;
  const recipe = parseRecipe(
    {
      name: 'x',
      model: { kind: 'llama', hiddenSize: 8, layers: 1, heads: 2, intermediateSize: 8 },
      data: { ...NCA, drawOn: 'device', rules: 6, filter: 'rule' },
      contextLength: TIME,
      batchSize: BATCH,
      heldOutSequences: 4,
      rollout: { sequences: 2 },
      stages: {
        first: { algorithm: { kind: 'next-token' }, steps: 3 },
        second: { algorithm: { kind: 'next-token' }, steps: 3 },
      },
      checkpoint: { everySteps: 1 },
      engine: { threads: 1 },
    },
    'x.json',
    registries,
  );
  const modelOf = (run: string) =>
    readFileSync(path.join(folder, run, 'stages/second/artifacts/model/model.safetensors'));
  const rowsOf = (run: string) =>
    readMetrics(runPaths(path.join(folder, run)).metrics).map(
      ({ tokensPerSecond, stepMs, elapsedSeconds, ...row }) => row,
    );

  test('that was stopped ends with the bits of one that was not', async () => {
    await startTraining(recipe, { directory: path.join(folder, 'whole'), registries });
    const directory = path.join(folder, 'parts');
    // Stopped after the second step of the first stage, and after the first of the second.
    for (let part = 0; part < 2; part++) {
      const controller = new AbortController();
      const options = {
        directory,
        registries,
        signal: controller.signal,
        listener: ({ kind }: { kind: string }) => {
          if (kind === 'checkpoint') controller.abort();
        },
      };
      const running = existsSync(directory)
        ? resumeTraining(options)
        : startTraining(recipe, options);
      await expect(running).rejects.toThrow(RunStopped);
    }
    await resumeTraining({ directory, registries });
    expect(modelOf('parts')).toEqual(modelOf('whole'));
    expect(rowsOf('parts')).toEqual(rowsOf('whole'));
    // A stage goes on with the sequences after those of the stage before it.
    const losses = rowsOf('whole').flatMap(({ loss }) => (loss === undefined ? [] : [loss]));
    expect(new Set(losses).size).toBe(6);
  });
});
