import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  extendToTicks,
  formatEvenly,
  formatPercentEvenly,
  placeLogTicks,
  placeTicks,
  placeWholeTicks,
} from './ticks.ts';

describe('placeTicks', () => {
  it.each([
    [[0, 100], 6, [0, 20, 40, 60, 80, 100]],
    [[0, 100], 5, [0, 50, 100]],
    [[-206, 286], 5, [-200, -100, 0, 100, 200]],
    [[0.02, 0.31], 4, [0.1, 0.2, 0.3]],
    [[3, 3], 5, [3]],
    [[-0.24, 0.25], 2.7, [-0.2, 0, 0.2]],
  ] as const)('%j with room for %i', (domain, most, expected) => {
    expect(placeTicks(domain, most)).toEqual(expected);
  });

  it('keeps to the range and the room, in even steps, for any range', () => {
    const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(
        value,
        fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
        fc.integer({ min: 2, max: 12 }),
        (low, size, most) => {
          const domain = [low, low + size] as const;
          if (!(domain[1] - domain[0] > Math.abs(low) * 1e-6)) return;
          const ticks = placeTicks(domain, most);
          expect(ticks.length).toBeLessThanOrEqual(Math.max(most, 5));
          expect(ticks.length).toBeGreaterThanOrEqual(2);
          const air = 1e-6 * (domain[1] - domain[0]);
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(low - air);
            expect(tick).toBeLessThanOrEqual(domain[1] + air);
          }
        },
      ),
    );
  });
});

describe('placeWholeTicks', () => {
  it.each([
    [[1, 2], 10, [1, 2]],
    [[1, 3], 10, [1, 2, 3]],
    [[1, 100], 6, [20, 40, 60, 80, 100]],
    [[0.95, 1.05], 10, [1]],
    [[0, 1_250_000], 8, [0, 200_000, 400_000, 600_000, 800_000, 1_000_000, 1_200_000]],
  ] as const)('%j with room for %i', (domain, most, expected) => {
    expect(placeWholeTicks(domain, most)).toEqual(expected);
  });
});

describe('placeLogTicks', () => {
  it.each([
    [[1, 1000], 5, [1, 10, 100, 1000]],
    [[1, 100], 8, [1, 2, 5, 10, 20, 50, 100]],
    [[1e-8, 1], 5, [1e-8, 1e-6, 1e-4, 1e-2, 1]],
    [[2.1, 4.9], 5, [3, 4]],
    [[2.1, 2.9], 5, [2.2, 2.4, 2.6, 2.8]],
  ] as const)('%j with room for %i', (domain, most, expected) => {
    expect(placeLogTicks(domain, most)).toEqual(expected);
  });
});

describe('formatEvenly', () => {
  it.each([
    [
      [5.58, 5.6, 5.62],
      ['5.58', '5.60', '5.62'],
    ],
    [
      [-0.5, 0, 0.5],
      ['−0.5', '0.0', '0.5'],
    ],
    [
      [0, 50, 100],
      ['0', '50', '100'],
    ],
    [
      [0, 500, 1000],
      ['0', '500', '1k'],
    ],
    [
      [0, 0.00002],
      ['0', '2e-5'],
    ],
  ])('%j', (ticks, expected) => {
    expect(ticks.map(formatEvenly(ticks))).toEqual(expected);
  });
});

describe('extendToTicks', () => {
  it.each([
    // Both ends are less than half a step from the next tick.
    [[0.04, 1.45], [0.5, 1], undefined, [0, 1.5], [0, 0.5, 1, 1.5]],
    [[0.59, 1.44], [0.6, 0.8, 1, 1.2, 1.4], undefined, [0.59, 1.44], [0.6, 0.8, 1, 1.2, 1.4]],
    [
      [0.02, 0.97],
      [0.2, 0.4, 0.6, 0.8],
      [0.01, 1],
      [0.02, 1],
      [0.2, 0.4, 0.6, 0.8, 1],
    ],
    [[3, 3], [3], undefined, [3, 3], [3]],
  ] as const)('%j with ticks at %j', (domain, ticks, limits, wanted, all) => {
    expect(extendToTicks(domain, ticks, limits)).toEqual({ domain: wanted, ticks: all });
  });
});

it('percentages of an axis have as many digits as one of them needs', () => {
  expect([0, 0.125, 0.25].map(formatPercentEvenly([0, 0.125, 0.25]))).toEqual([
    '0.0\u202f%',
    '12.5\u202f%',
    '25.0\u202f%',
  ]);
});
