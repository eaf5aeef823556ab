import { describe, expect, test } from 'vitest';
import { hashTokens } from '../../test/support/tokens.ts';
import { keyFromSeed, mean, standardDeviation } from '../core/index.ts';
import { createDyckWorld, type DyckOptions, dyckDepths } from './dyck.ts';
import { stateColor } from './plane.ts';
import { drawSequence } from './world.ts';

const draw = (options: Partial<DyckOptions>, count: number) => {
  const world = createDyckWorld(options);
  return Array.from({ length: count }, (_, i) => drawSequence(world, keyFromSeed(2), i).tokens);
};

/** Distribution of the depth after each of `steps` tokens, by adding up the chain's probabilities. */
function depthDistributions(maxDepth: number, p: number, steps: number): number[][] {
  let now = [1, ...new Array<number>(maxDepth).fill(0)];
  return Array.from({ length: steps }, () => {
    const next = new Array<number>(maxDepth + 1).fill(0);
    now.forEach((mass, depth) => {
      const up = depth === 0 ? 1 : depth === maxDepth ? 0 : p;
      if (up > 0) next[depth + 1]! += mass * up;
      if (up < 1) next[depth - 1]! += mass * (1 - up);
    });
    now = next;
    return now;
  });
}

describe('the Dyck world', () => {
  test('closes only what is open, and stays within the depths', () => {
    for (const tokens of draw({ sequenceLength: 1025 }, 50)) {
      const depths = dyckDepths(64, tokens);
      expect(depths).not.toContain(null);
      expect(Math.min(...(depths as number[]))).toBeGreaterThanOrEqual(0);
      expect(Math.max(...(depths as number[]))).toBeLessThanOrEqual(16);
      expect(Math.max(...tokens)).toBeLessThan(128);
    }
    const shallow = draw({ types: 3, maxDepth: 1, sequenceLength: 64 }, 20);
    for (const tokens of shallow) {
      for (let t = 0; t < 64; t += 2) expect(tokens[t + 1]).toBe(tokens[t]! + 3);
    }
  });

  test.each([
    [16, 0.5],
    [5, 0.7],
    [8, 0.2],
  ])(
    'up to depth %i, opening with probability %f, depths follow the exact chain',
    (maxDepth, openProbability) => {
      const sequenceLength = 300;
      const options = { maxDepth, openProbability, sequenceLength };
      const depths = draw(options, 1000).map((tokens) => dyckDepths(64, tokens) as number[]);
      const exact = depthDistributions(maxDepth, openProbability, sequenceLength);
      const exactMean = mean(exact.map((masses) => masses.reduce((sum, m, d) => sum + m * d, 0)));
      const means = depths.map(mean);
      const error = standardDeviation(means) / Math.sqrt(means.length);
      expect(Math.abs(mean(means) - exactMean)).toBeLessThan(3.5 * error);
      expect(error).toBeLessThan(0.1);
      // Opening brackets less closing ones are the depth at the end.
      const ends = depths.map((list) => list.at(-1)!);
      const exactEnd = exact.at(-1)!.reduce((sum, m, d) => sum + m * d, 0);
      const endError = standardDeviation(ends) / Math.sqrt(ends.length);
      expect(Math.abs(mean(ends) - exactEnd)).toBeLessThan(3.5 * endError);
    },
  );

  test('in the long run the mean depth is 8, half of all brackets open, and depths 1..15 are equally often', () => {
    // The walk with reflecting ends spends 1/32 of the time at each end and 1/16 at every depth between.
    const sequences = draw({ sequenceLength: 40_000 }, 12);
    const depths = sequences.map((tokens) => dyckDepths(64, tokens) as number[]);
    const means = depths.map(mean);
    const error = standardDeviation(means) / Math.sqrt(means.length);
    expect(error).toBeLessThan(0.15);
    expect(Math.abs(mean(means) - 8)).toBeLessThan(4 * error);
    const share = (depth: number) =>
      mean(depths.map((list) => list.filter((d) => d === depth).length / list.length));
    expect(share(0)).toBeCloseTo(1 / 32, 2);
    expect(share(16)).toBeCloseTo(1 / 32, 2);
    expect(share(8)).toBeCloseTo(1 / 16, 2);
    const opening = mean(sequences.map((t) => t.filter((token) => token < 64).length / t.length));
    expect(opening).toBeCloseTo(0.5, 3);
  });

  test('types of opening brackets are uniform and do not depend on their neighbors', () => {
    const types = draw({ types: 4, sequenceLength: 2000 }, 20).flatMap((tokens) =>
      [...tokens].filter((token) => token < 4),
    );
    const pairs = new Array<number>(16).fill(0);
    for (let i = 0; i + 1 < types.length; i += 2) pairs[types[i]! * 4 + types[i + 1]!]! += 1;
    const expected = Math.floor(types.length / 2) / 16;
    const chiSquared = pairs.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 15 degrees of freedom: 37.7 is exceeded once in a thousand.
    expect(chiSquared).toBeLessThan(37.7);
  });

  test('has one law, no frames and no delimiters, and its bits never change', () => {
    const world = createDyckWorld({ sequenceLength: 257 });
    expect(world).toMatchObject({
      learnable: 'fixed',
      vocabSize: 128,
      sequenceLength: 257,
      frame: null,
      frameLength: 33,
      firstTarget: 1,
    });
    const { tokens, states } = drawSequence(world, keyFromSeed(0), 0);
    expect(hashTokens(tokens)).toBe(1092786334);
    expect(drawSequence(world, keyFromSeed(0), 1).tokens).not.toEqual(tokens);
    expect(world.encode(world.decode(tokens))).toEqual(tokens);
    const [plane] = world.planes(states);
    expect(plane).toMatchObject({ width: 33, height: 8 });
    expect([...Array.from(plane!.cells).slice(0, 257)]).toEqual([...tokens]);
  });

  test('is rendered as depth over position', () => {
    const world = createDyckWorld({ types: 2, sequenceLength: 4 });
    // ( [ ] ] : the last one closes what is not open.
    const { width, height, data } = world.render({ tokens: Int32Array.of(0, 1, 3, 3) });
    expect([width, height]).toEqual([16, 8]);
    const [red, green, blue] = stateColor(0);
    const filled = (x: number, y: number) => {
      const at = (y * 4 * 16 + x * 4) * 4;
      return String(data.slice(at, at + 3)) !== String([red, green, blue]);
    };
    expect([0, 1, 2, 3].map((x) => [filled(x, 0), filled(x, 1)])).toEqual([
      [false, true],
      [true, true],
      [false, true],
      [false, false],
    ]);
  });

  test('tells wrong brackets', () => {
    expect(dyckDepths(2, [0, 1, 3, 2, 0])).toEqual([1, 2, 1, 0, 1]);
    expect(dyckDepths(2, [0, 3, 0])).toEqual([1, null, null]);
    expect(dyckDepths(2, [2])).toEqual([null]);
    expect(dyckDepths(2, [0, 7])).toEqual([1, null]);
  });

  test('refuses what cannot be', () => {
    expect(() => createDyckWorld({ maxDepth: 0 })).toThrow(/dyck: maxDepth is 0/);
    expect(() => createDyckWorld({ openProbability: 2 })).toThrow(/openProbability is 2/);
    expect(() => createDyckWorld({ typs: 2 } as never)).toThrow(/no option "typs"/);
  });
});
