import { expect, test } from 'vitest';
import { hashTokens } from '../../test/support/tokens.ts';
import { foldIn, keyFromSeed } from '../core/index.ts';
import { createDyckWorld } from './dyck.ts';
import { createIidWorld } from './iid.ts';
import { createNcaWorld } from './nca/index.ts';
import { type AnyWorld, drawSequence } from './world.ts';

const NCA = createNcaWorld({
  colors: 2,
  grid: 8,
  sequenceLength: 257,
  band: { kind: 'absolute', low: 0.1, high: 1 },
});
const START = 16;

test('frequencies are those of a sample of the original, delimiters stay in place', () => {
  const world = createIidWorld(NCA, 100);
  const expected = new Uint32Array(18);
  const sampleKey = foldIn(keyFromSeed(0), 'iid sample');
  for (let i = 0; i < 100; i++) {
    for (const token of drawSequence(NCA, sampleKey, i).tokens) {
      if (token < START) expected[token]! += 1;
    }
  }
  expect(world.counts()).toEqual(expected);

  const drawn = new Float64Array(18);
  let total = 0;
  for (let i = 0; i < 400; i++) {
    const { tokens } = drawSequence(world, keyFromSeed(7), i);
    const misplaced = tokens.findIndex((token, t) =>
      t % 18 === 0 ? token !== START : t % 18 === 17 && token !== START + 1,
    );
    expect(misplaced).toBe(-1);
    tokens.forEach((token, t) => {
      if (t % 18 === 0 || t % 18 === 17) return;
      drawn[token]! += 1;
      total++;
    });
  }
  const sum = expected.reduce((a, b) => a + b, 0);
  let chiSquared = 0;
  for (let token = 0; token < START; token++) {
    const mean = (total * expected[token]!) / sum;
    chiSquared += (drawn[token]! - mean) ** 2 / mean;
  }
  // 15 degrees of freedom: 37.7 is exceeded once in a thousand.
  expect(chiSquared).toBeLessThan(37.7);
  expect(chiSquared).toBeGreaterThan(2);
});

test('neighbors, and tokens a frame apart, tell nothing of each other', () => {
  const information = (world: { sequences: number; lag: number; of: AnyWorld }) => {
    const joint = new Float64Array(START * START);
    let n = 0;
    for (let i = 0; i < world.sequences; i++) {
      const { tokens } = drawSequence(world.of, keyFromSeed(3), i);
      for (let t = world.lag; t < tokens.length; t++) {
        const [a, b] = [tokens[t - world.lag]!, tokens[t]!];
        if (a >= START || b >= START) continue;
        joint[a * START + b]! += 1;
        n++;
      }
    }
    const row = (a: number) =>
      joint.subarray(a * START, (a + 1) * START).reduce((x, y) => x + y, 0);
    const column = (b: number) => {
      let sum = 0;
      for (let a = 0; a < START; a++) sum += joint[a * START + b]!;
      return sum;
    };
    const [rows, columns] = [row, column].map((of) =>
      Array.from({ length: START }, (_, k) => of(k)),
    );
    let nats = 0;
    joint.forEach((count, at) => {
      const [a, b] = [Math.floor(at / START), at % START];
      if (count > 0) nats += (count / n) * Math.log((count * n) / (rows![a]! * columns![b]!));
    });
    // The estimate's bias under independence is (rows - 1)(columns - 1) / 2n.
    return { nats, bias: (START - 1) ** 2 / (2 * n) };
  };
  const iid = createIidWorld(NCA);
  for (const lag of [1, 18]) {
    const { nats, bias } = information({ sequences: 400, lag, of: iid });
    // 2n times the estimate is chi-squared with 225 degrees of freedom: twice its bias is 10 standard deviations.
    expect(nats).toBeLessThan(1.5 * bias);
    expect(information({ sequences: 400, lag, of: NCA }).nats).toBeGreaterThan(100 * bias);
  }
});

test('is a control with the sizes of the original, and its bits never change', () => {
  const world = createIidWorld(NCA);
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
  expect(hashTokens(tokens)).toBe(2159568708);
  expect(drawSequence(createIidWorld(NCA), keyFromSeed(0), 0).tokens).toEqual(tokens);
  expect(drawSequence(world, keyFromSeed(0), 1).tokens).not.toEqual(tokens);
  expect(world.encode(world.decode(tokens))).toEqual(tokens);
  expect(world.planes(states)[2]).toEqual(NCA.planes(NCA.decode(tokens))[2]);
});

test('takes any world, and no empty sample', () => {
  const world = createIidWorld(createDyckWorld({ types: 2, sequenceLength: 500 }), 4);
  expect(world.counts().reduce((a, b) => a + b, 0)).toBe(2000);
  expect(world.frame).toBeNull();
  expect(() => createIidWorld(NCA, 0)).toThrow(/sampleSequences is 0/);
});
