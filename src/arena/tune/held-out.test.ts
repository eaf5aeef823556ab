import { expect, test } from 'vitest';
import { estimate, judge, makeFinalBlocks, roundFinal } from './held-out.ts';
import type { Opponent } from './play-blocks.ts';

test('final rounds are ten blocks of an even number, more where they would be long', () => {
  expect([1, 20, 21, 100, 101].map(roundFinal)).toEqual([20, 20, 40, 100, 120]);
  // Eleven blocks of 910.
  expect(roundFinal(10_001)).toBe(10_010);
  const blocks = makeFinalBlocks('final', [], 10_010);
  expect(blocks.map(({ rounds }) => rounds)).toEqual(new Array(11).fill(910));
  expect(makeFinalBlocks('final', [], 10_000).map(({ rounds }) => rounds)).toEqual(
    new Array(10).fill(1000),
  );
});

test('opponents are strata: what differs between them is no error', () => {
  // One is always beaten (3), the other never (0): the mean is certain.
  expect(
    estimate([
      [3, 0],
      [3, 0],
      [3, 0],
    ]),
  ).toEqual({ mean: 150, interval: [150, 150] });
  // Opponent 1: 100, 200, 300 (variance 10,000 / 3 blocks); opponent 2: none. Error √(3333.3 / 2 / 2) = 28.87;
  // Student's t with 4 degrees of freedom: 2.7764.
  const { mean, interval } = estimate([
    [1, 0],
    [2, 0],
    [3, 0],
  ]);
  expect(mean).toBe(100);
  expect(interval[0]).toBeCloseTo(100 - 2.776445 * 28.867513, 3);
  expect(interval[1]).toBeCloseTo(100 + 2.776445 * 28.867513, 3);
});

test('a gain is measured on the same places', () => {
  const opponents = [{ id: 'x' }, { id: 'y' }] as unknown as Opponent[];
  const blocks = makeFinalBlocks('final', opponents, 20);
  // Both vary from block to block, and always by one win of two rounds: the gain is 150 without doubt.
  const results = new Map(
    blocks.map(({ name }, b) => [
      name,
      new Map([
        ['new', [b % 2 === 0 ? 2 : 1, 0, 2, 0]],
        ['old', [b % 2 === 0 ? 1 : 0, 0, 1, 0]],
      ]),
    ]),
  );
  const { score, gain } = judge(blocks, 'new', 'old', results);
  expect(gain).toEqual({ mean: 150, interval: [150, 150] });
  expect(score.mean).toBe(262.5);
  expect(score.interval[0]).toBeLessThan(262.5);
});
