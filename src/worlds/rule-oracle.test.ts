import { expect, test } from 'vitest';
import { foldIn, keyFromSeed } from '../core/index.ts';
import { createDyckWorld } from './dyck.ts';
import { createElementaryWorld } from './elementary.ts';
import { createLifeWorld } from './life.ts';
import type { Predictor } from './predictor.ts';
import { drawSequence } from './world.ts';

/** Probabilities of the targets. */
function predict(oracle: Predictor, tokens: Int32Array, firstTarget: number): number[] {
  oracle.reset();
  return [...tokens].flatMap((token, t) => {
    const p = Math.exp(oracle.logProbability(token));
    oracle.observe(token);
    return t < firstTarget ? [] : [p];
  });
}

test('one rule is known from the start: every target is certain', () => {
  const world = createLifeWorld({ grid: 6, sequenceLength: 60 });
  for (let i = 0; i < 5; i++) {
    const { tokens } = drawSequence(world, keyFromSeed(3), i);
    expect(predict(world.oracle!(), tokens, world.firstTarget)).toEqual(Array(54).fill(1));
  }
});

test('of several rules those remain that agree with what was seen', () => {
  // A row of three cells, one token per cell. Rule 0 makes zeros, rule 255 ones, 204 keeps the row.
  const world = createElementaryWorld({
    rules: [0, 204, 255],
    width: 3,
    patch: 1,
    burnIn: 0,
    sequenceLength: 15,
  });
  const [start, end] = [2, 3];
  const row = (cells: string) => [start, ...[...cells].map(Number), end];
  const tokens = Int32Array.from([...row('010'), ...row('010'), ...row('010')]);
  const found = predict(world.oracle!(), tokens, world.firstTarget);
  // First cell 0: rules 0 and 204 of three say so. Second 1: of these only 204. From then on all is known.
  expect(found[1]).toBeCloseTo(2 / 3, 12);
  expect(found[2]).toBeCloseTo(1 / 2, 12);
  expect(found.slice(3)).toEqual(Array(7).fill(1));
});

test('brackets: opening ones as likely as the options say, and only one that closes', () => {
  const world = createDyckWorld({
    types: 4,
    maxDepth: 2,
    openProbability: 0.25,
    sequenceLength: 6,
  });
  // Opens 1, opens 3 (the deepest), closes 3, closes 1, opens 0.
  const tokens = Int32Array.of(1, 3, 7, 5, 0, 2);
  const found = predict(world.oracle!(), tokens, 0);
  [1 / 4, 0.25 / 4, 1, 0.75, 1 / 4, 0.25 / 4].forEach((p, i) => {
    expect(found[i]).toBeCloseTo(p, 12);
  });
  const oracle = world.oracle!();
  oracle.reset();
  oracle.observe(1);
  expect(oracle.logProbability(7)).toBe(Number.NEGATIVE_INFINITY);
  // Over all tokens the probabilities add up to one.
  const all = [0, 1, 2, 3, 4, 5, 6, 7].map((token) => Math.exp(oracle.logProbability(token)));
  expect(all.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  const drawn = drawSequence(createDyckWorld(), foldIn(keyFromSeed(0), 'x'), 0).tokens;
  expect(predict(createDyckWorld().oracle!(), drawn, 0).every((p) => p > 0)).toBe(true);
});
