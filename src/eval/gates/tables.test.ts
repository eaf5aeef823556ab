// The predictors in worlds of NCA that were measured before, on fewer sequences than test/full/gate-tables.test.ts.

import { expect, test } from 'vitest';
import { foldIn, keyFromSeed } from '../../core/index.ts';
import { createNcaWorld } from '../../worlds/nca/index.ts';
import { drawTokens } from '../../worlds/world.ts';
import { createBackoffPredictor } from './backoff-predictor.ts';
import { noContext, samePlace } from './contexts.ts';
import { meanBySequence } from './frame-sums.ts';
import { measureBaselines } from './judge-gate.ts';
import { scoreSequences } from './score-sequences.ts';

const SOURCE = foldIn(keyFromSeed(0), 'source');
const draw = (world: ReturnType<typeof createNcaWorld>, name: string, count: number) =>
  Array.from({ length: count }, (_, i) => drawTokens(world, foldIn(SOURCE, name), i));

test('the quickstart’s world: counts in context pass the old gate, those of cells the tokens’, and the look-ups leave them far behind', () => {
  const world = createNcaWorld({
    colors: 3,
    grid: 8,
    sequenceLength: 257,
    band: { kind: 'absolute', low: 0.15, high: 1 },
  });
  const training = draw(world, 'train', 128);
  const heldOut = draw(world, 'held-out', 96);
  const { baselines } = measureBaselines(world, training, heldOut);
  const found = Object.fromEntries(baselines.map(({ name, loss }) => [name, loss]));
  const near = (expected: number) => expect.closeTo(expected, 1.82); // ± .0076
  expect(found).toEqual({
    'global unigram': near(3.704),
    'copy of the place': near(3.602),
    'in-context unigram': near(2.666),
    'in-context cells': near(2.944),
    'n-gram up to 12': near(2.393),
    'same place': near(2.084),
    'same place + 4': near(2.001),
    'same place, 3 frames + 4': near(1.986),
    'whole frame': near(2.054),
    'own patch': near(1.77),
    'same cell + written cells': near(2.035),
    'blind mixture': near(1.742),
    '3×3 tokens': near(1.91),
    '3×3 cells': near(1.01),
  });
  const score = (weights: readonly number[], preceding: number) => {
    const contexts = samePlace(
      world as typeof world & { frame: NonNullable<typeof world.frame> },
      preceding,
    );
    const predictor = createBackoffPredictor(world, contexts, {
      training,
      remember: false,
      weights,
    });
    const means = meanBySequence(world, heldOut, scoreSequences(world, predictor, heldOut));
    return means.reduce((a, b) => a + b) / means.length;
  };
  // With the weights of the first measurement of all.
  expect(score([16, 4], 0)).toEqual(near(2.1));
});

test('weights that are chosen do better than any one for all levels', () => {
  const world = createNcaWorld({
    colors: 2,
    grid: 8,
    patch: 1,
    burnIn: 2,
    sequenceLength: 528,
    band: { kind: 'percentile', low: 30, high: 100 },
  });
  const training = draw(world, 'train', 128);
  const heldOut = draw(world, 'held-out', 64);
  const options = { training, remember: false };
  const score = (weights?: readonly number[]) => {
    const predictor = createBackoffPredictor(world, noContext(world), { ...options, weights });
    const means = meanBySequence(world, heldOut, scoreSequences(world, predictor, heldOut));
    return means.reduce((a, b) => a + b) / means.length;
  };
  const chosen = score();
  for (const weight of [0.1, 4, 32]) expect(chosen).toBeLessThan(score([weight]) + 0.001);
});
