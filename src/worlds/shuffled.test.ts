import { expect, test } from 'vitest';
import { hashTokens, sortTokens } from '../../test/support/tokens.ts';
import { keyFromSeed } from '../core/index.ts';
import { createDyckWorld } from './dyck.ts';
import { createNcaWorld } from './nca/index.ts';
import { createShuffledWorld } from './shuffled.ts';
import { drawSequence } from './world.ts';

const NCA = createNcaWorld({
  colors: 4,
  grid: 8,
  sequenceLength: 257,
  band: { kind: 'absolute', low: 0.2, high: 1 },
});

test('a sequence has exactly the tokens of the original, and its delimiters at their places', () => {
  const world = createShuffledWorld(NCA);
  for (let i = 0; i < 20; i++) {
    const original = drawSequence(NCA, keyFromSeed(4), i);
    const { tokens, attempts } = drawSequence(world, keyFromSeed(4), i);
    expect(sortTokens(tokens)).toEqual(sortTokens(original.tokens));
    expect(attempts).toBe(original.attempts);
    original.tokens.forEach((token, t) => {
      if (token >= 256 || tokens[t]! >= 256) expect(tokens[t]).toBe(token);
    });
    expect(tokens).not.toEqual(original.tokens);
  }
});

test('where a token goes has nothing to do with where it was', () => {
  const steady = createNcaWorld({ ...NCA.options, band: { kind: 'none' }, identityBias: 2 });
  const world = createShuffledWorld(steady);
  // Of a token's repetitions a frame on, the original has many, and the shuffled sequence as many as chance gives.
  const repeated = (tokens: Int32Array) => {
    let hits = 0;
    for (let t = 18; t < tokens.length; t++) {
      hits += Number(tokens[t]! < 256 && tokens[t] === tokens[t - 18]);
    }
    return hits;
  };
  const counts = { original: 0, shuffled: 0, chance: 0 };
  for (let i = 0; i < 200; i++) {
    const { tokens } = drawSequence(steady, keyFromSeed(5), i);
    counts.original += repeated(tokens);
    counts.shuffled += repeated(drawSequence(world, keyFromSeed(5), i).tokens);
    // Two of the n cells' tokens, without putting back, are equal this often.
    const cells = sortTokens(tokens.filter((token) => token < 256));
    const n = cells.length;
    const tally = new Map<number, number>();
    for (const token of cells) tally.set(token, (tally.get(token) ?? 0) + 1);
    const pairs = [...tally.values()].reduce((sum, count) => sum + count * (count - 1), 0);
    const places = tokens.filter((token, t) => t >= 18 && token < 256).length;
    counts.chance += (places * pairs) / (n * (n - 1));
  }
  expect(counts.original).toBeGreaterThan(1.5 * counts.chance);
  expect(Math.abs(counts.shuffled / counts.chance - 1)).toBeLessThan(0.03);
});

test('each place of the permutation is as likely as another', () => {
  // A sequence of 6 tokens without delimiters, each different: where the first one goes.
  const six = createShuffledWorld({
    ...createDyckWorld({ sequenceLength: 6 }),
    rollout: () => ({ tokens: Int32Array.of(0, 1, 2, 3, 4, 5) }),
  });
  const places = new Array<number>(6).fill(0);
  for (let i = 0; i < 6000; i++) {
    places[drawSequence(six, keyFromSeed(1), i).tokens.indexOf(0)]! += 1;
  }
  // Chi-squared with 5 degrees of freedom exceeds 20.5 once in a thousand.
  const chiSquared = places.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  expect(chiSquared).toBeLessThan(20.5);
});

test('is a control with the sizes of the original, and its bits never change', () => {
  const world = createShuffledWorld(NCA);
  const { vocabSize, sequenceLength, frameLength, firstTarget } = NCA;
  expect(world).toMatchObject({
    vocabSize,
    sequenceLength,
    frameLength,
    firstTarget,
    frame: NCA.frame,
  });
  expect(world.learnable).toBe('frequencies');
  const { tokens, states } = drawSequence(world, keyFromSeed(0), 0);
  expect(hashTokens(tokens)).toBe(3130942434);
  expect(drawSequence(createShuffledWorld(NCA), keyFromSeed(0), 0).tokens).toEqual(tokens);
  expect(world.encode(world.decode(tokens))).toEqual(tokens);
  expect(world.planes(states)[2]).toEqual(NCA.planes(NCA.decode(tokens))[2]);
  expect(world.render(states)).toEqual(NCA.render(NCA.decode(tokens)));
});
