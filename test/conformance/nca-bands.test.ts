// What `inspectNca` says of the default world, against the figures of the official generator.

import { expect, test } from 'vitest';
import { inspectNca } from '../../src/worlds/nca/index.ts';

const RULES = 2000;

// Per band: share, tokens equal to the one a frame before, distinct tokens, neighborhoods seen earlier, Zipf's exponent.
const OFFICIAL = [
  [0.14, 0.915, 3, 1.0, 2.17],
  [0.05, 0.455, 19, 1.0, 1.93],
  [0.06, 0.247, 48, 0.96, 1.29],
  [0.1, 0.116, 95, 0.83, 0.84],
  [0.18, 0.053, 189, 0.5, 0.67],
  [0.47, 0.009, 441, 0.07, 0.5],
] as const;

// Three times the standard deviation of a difference of two such samples, from six seeds, and the table's rounding.
const TOLERANCE = [
  [0.06, 1.3, 0.001, 0.31],
  [0.1, 5.5, 0.016, 0.27],
  [0.09, 8.5, 0.035, 0.23],
  [0.05, 14, 0.065, 0.16],
  [0.05, 16, 0.05, 0.06],
  [0.007, 19, 0.025, 0.05],
] as const;

test('the band table at 10 colors', () => {
  const found = inspectNca({}, { rules: RULES });
  expect(found.tokensPerRule).toBe(972);
  expect(found.bands).toHaveLength(6);
  for (const [i, band] of found.bands.entries()) {
    const [share, repeated, distinct, seen, zipf] = OFFICIAL[i]!;
    const p = (band.share + share) / 2;
    const shareTolerance = 3.5 * Math.sqrt((p * (1 - p) * 2) / RULES) + 0.005;
    expect(Math.abs(band.share - share), `share, band ${i}`).toBeLessThan(shareTolerance);
    const measured = [
      [band.repeated, repeated],
      [band.distinctTokens, distinct],
      [band.neighbourhoodsSeen, seen],
      [band.zipfSlope, zipf],
    ] as const;
    for (const [column, [ours, official]] of measured.entries()) {
      const difference = Math.abs(ours! - official);
      expect(difference, `band ${i}, column ${column}`).toBeLessThan(TOLERANCE[i]![column]!);
    }
  }
  // The filter leaves out the two ends, which hold next to nothing.
  expect(found.keepRate).toBeCloseTo(found.bands[5]!.share, 2);
  expect(Math.abs(found.max - 0.66)).toBeLessThan(0.02);
});
