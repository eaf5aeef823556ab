// The claim in small: a network that was never unrolled in training remembers, on its own, from its own initial state.

import { expect, test } from 'vitest';
import { drawBatch, inputsOf } from '../../src/algorithms/memory/task-batches.ts';
import { dmt } from '../../src/algorithms/smt/dmt.ts';
import { smt } from '../../src/algorithms/smt/smt.ts';
import { arraysToTree } from '../../src/algorithms/trainer.ts';
import {
  foldIn,
  initParams,
  keyFromSeed,
  type ParamSpec,
  type Tree,
} from '../../src/core/index.ts';
import { createModel, MODELS } from '../../src/nn/index.ts';
import { openDevice } from '../../src/tensor/index.ts';
import { createRetrievalWorld } from '../../src/worlds/index.ts';
import { openTestLearner } from '../support/open-learner.ts';

const SMT_STEPS = 240;
const DMT_STEPS = 50;

test('SMT, then DMT, solve retrieval, rolled out', async () => {
  const device = openDevice({ threads: 1 });
  const key = keyFromSeed(1);
  const world = createRetrievalWorld({ symbols: 8, sequenceLength: 11 });
  const batchSize = 16;
  const model = createModel(
    MODELS,
    'recurrent-transformer',
    { hiddenSize: 32, memoryTokens: 2, decoderLayers: 1, cellLayers: 1 },
    { vocabSize: world.vocabSize, contextLength: inputsOf(world) },
  );
  const common = {
    model,
    data: { batchSize, contextLength: inputsOf(world), weighted: true },
  };
  const batch = (step: number) => drawBatch(world, foldIn(key, 'train'), step, batchSize);
  const heldOut = [0, 1, 2, 3].map((i) => drawBatch(world, foldIn(key, 'held-out'), i, batchSize));

  const learner = await openTestLearner(device, smt, {
    ...common,
    options: {
      supervision: { positions: 4 },
      weights: { decode: 1, dynamics: 1, uniformity: 0.1 },
    },
    key: foldIn(key, 'smt'),
    params: initParams(smt.specs(model, smt.options.parse({})), foldIn(key, 'init')),
  });
  for (let step = 0; step < SMT_STEPS; step++) {
    const progress = step / SMT_STEPS;
    await learner.step(batch(step), { step, learningRate: 4e-3 * (1 - 0.8 * progress) });
  }
  const { parts: taught } = await learner.evaluate(heldOut);
  const artifacts = await learner.finish();
  await learner.close();
  expect(taught!.teacherAccuracy).toBeGreaterThan(0.9);
  expect(taught!.effectiveRank).toBeGreaterThan(3);

  const alone = await openTestLearner(device, dmt, {
    ...common,
    artifacts,
    options: { every: 1 },
    params: arraysToTree(model.params as Tree<ParamSpec>, artifacts.model!.arrays),
  });
  for (let step = 0; step < DMT_STEPS; step++) {
    await alone.step(batch(SMT_STEPS + step), { step, learningRate: 1e-3 });
  }
  const { parts: found } = await alone.evaluate(heldOut);
  await alone.close();
  await device.close();
  // Chance is 1/8: of 64 answers, 30 right would be six standard deviations above it.
  expect(found!.rolledOutAccuracy).toBeGreaterThan(0.85);
  expect(found!.rolledOutAccuracy).toBeGreaterThanOrEqual(taught!.rolledOutAccuracy!);
  // DMT brings the network's memories closer to the teacher's.
  expect(found!.driftAtEnd).toBeLessThan(taught!.driftAtEnd!);
});
