import { describe, expect, test } from 'vitest';
import { effectiveRank, meanSquaredDifference } from './memory-statistics.ts';

describe('the effective rank', () => {
  test('counts directions', () => {
    const line = Array.from({ length: 10 }, (_, i) => [i, 2 * i, 0]).flat();
    expect(effectiveRank(line, 3)).toBeCloseTo(1, 10);
    const square = [1, 1, 0, 1, -1, 0, -1, 1, 0, -1, -1, 0];
    expect(effectiveRank(square, 3)).toBeCloseTo(2, 10);
    // Variances 4 and 1: 25 / 17.
    const flat = [2, 1, 2, -1, -2, 1, -2, -1].map((x) => x + 7);
    expect(effectiveRank(flat, 2)).toBeCloseTo(25 / 17, 10);
  });

  test('is 0 where nothing varies', () => {
    expect(effectiveRank([1, 2, 1, 2, 1, 2], 2)).toBe(0);
    expect(effectiveRank([1, 2], 2)).toBe(0);
  });
});

test('the mean squared difference', () => {
  expect(meanSquaredDifference([1, 2, 3], [1, 0, 2])).toBeCloseTo(5 / 3, 12);
});
