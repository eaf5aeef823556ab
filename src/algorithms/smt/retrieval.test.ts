// The claim in small: a network that was never unrolled in training remembers, on its own, from its own initial state.

import { expect, test } from 'vitest';
import { foldIn, keyFromSeed } from '../../core/index.ts';
import { deriveMemoryConfig } from '../../nn/index.ts';
import { openDevice } from '../../tensor/index.ts';
import { createRetrievalWorld } from '../../worlds/index.ts';
import { drawBatch, inputsOf } from '../memory/task-batches.ts';
import { openDmtLearner } from './dmt-learner.ts';
import { initSmt, openSmtLearner } from './smt-learner.ts';

const SMT_STEPS = 240;
const DMT_STEPS = 50;

test('SMT, then DMT, solve retrieval, rolled out', async () => {
  const device = openDevice({ threads: 1 });
  const key = keyFromSeed(1);
  const world = createRetrievalWorld({ symbols: 8, sequenceLength: 11 });
  const batchSize = 16;
  const config = deriveMemoryConfig(
    { hiddenSize: 32, memoryTokens: 2, decoderLayers: 1, cellLayers: 1 },
    world.vocabSize,
  );
  const common = {
    config,
    batchSize,
    time: inputsOf(world),
    supervision: { positions: 4, shortContexts: true },
    optimizer: { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1 },
  } as const;
  const batch = (step: number) => drawBatch(world, foldIn(key, 'train'), step, batchSize);
  const heldOut = [0, 1, 2, 3].map((i) => drawBatch(world, foldIn(key, 'held-out'), i, batchSize));

  const smt = await openSmtLearner(
    device,
    { ...common, weights: { decode: 1, dynamics: 1, uniformity: 0.1 }, key: foldIn(key, 'smt') },
    { params: initSmt(config, foldIn(key, 'init')) },
  );
  for (let step = 0; step < SMT_STEPS; step++) {
    const progress = step / SMT_STEPS;
    await smt.step(batch(step), { step, learningRate: 4e-3 * (1 - 0.8 * progress) });
  }
  const { parts: taught } = await smt.measure!(heldOut);
  const { network, teacher } = await smt.finish();
  await smt.close();
  expect(taught.teacherAccuracy).toBeGreaterThan(0.9);
  expect(taught.effectiveRank).toBeGreaterThan(3);

  const dmt = await openDmtLearner(
    device,
    { ...common, schedule: { every: 1, gradientSteps: 1 }, weights: { memory: 10, readout: 1 } },
    { params: network, teacher },
  );
  for (let step = 0; step < DMT_STEPS; step++) {
    await dmt.step(batch(SMT_STEPS + step), { step, learningRate: 1e-3 });
  }
  const { parts: alone } = await dmt.measure!(heldOut);
  await dmt.close();
  await device.close();
  // Chance is 1/8: of 64 answers, 30 right would be six standard deviations above it.
  expect(alone.rolledOutAccuracy).toBeGreaterThan(0.85);
  expect(alone.rolledOutAccuracy).toBeGreaterThanOrEqual(taught.rolledOutAccuracy!);
  // DMT brings the network's memories closer to the teacher's.
  expect(alone.driftAtEnd).toBeLessThan(taught.driftAtEnd!);
});
