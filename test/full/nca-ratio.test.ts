// The complexity of random rules, and what bands of it hold, against the figures of the official generator.

import { beforeAll, describe, expect, test } from 'vitest';
import { foldIn, keyFromSeed, mean, standardDeviation } from '../../src/core/index.ts';
import {
  countDistinctTokens,
  encodePatches,
  measureNcaRatio,
  type NcaStates,
  resolveNcaOptions,
  rolloutNca,
  sampleNcaRule,
  shareByBin,
  shareNeighborhoodsSeen,
  shareRepeated,
  zipfSlope,
} from '../../src/worlds/nca/index.ts';

const RULES = 2000;
const EDGES = [0.1, 0.2, 0.3, 0.4, 0.5];

function* simulate(
  colors: number,
  frames: number,
): Generator<{ states: NcaStates; ratio: number }> {
  const options = resolveNcaOptions({ colors });
  for (let i = 0; i < RULES; i++) {
    const key = foldIn(keyFromSeed(2603_10055), i);
    const rule = sampleNcaRule(options, foldIn(key, 'rule'));
    const states = rolloutNca(options, rule, foldIn(key, 'rollout'), frames);
    yield { states, ratio: measureNcaRatio(options, states) };
  }
}

// Official generator, 2,000 rules: shares below .1, .1-.2, .2-.3, .3-.4, .4-.5, from .5 on, and the largest ratio.
const OFFICIAL: Record<number, { shares: number[]; largest: number }> = {
  2: { shares: [0.67, 0.28, 0.05, 0, 0, 0], largest: 0.244 },
  4: { shares: [0.34, 0.17, 0.19, 0.26, 0.05, 0], largest: 0.424 },
  5: { shares: [0.28, 0.12, 0.14, 0.22, 0.23, 0.01], largest: 0.522 },
  10: { shares: [0.14, 0.05, 0.06, 0.1, 0.18, 0.47], largest: 0.66 },
  15: { shares: [0.09, 0.04, 0.04, 0.06, 0.11, 0.66], largest: 0.724 },
};

function expectOfficialShares(colors: number, ratios: number[]): void {
  const { shares, largest } = OFFICIAL[colors]!;
  const ours = shareByBin(ratios, EDGES);
  for (const [bin, official] of shares.entries()) {
    // Two samples of 2,000, and the table's rounding to two decimals.
    const p = (ours[bin]! + official) / 2;
    const tolerance = 3.5 * Math.sqrt((p * (1 - p) * 2) / RULES) + 0.005;
    expect(Math.abs(ours[bin]! - official), `colors ${colors}, bin ${bin}`).toBeLessThan(tolerance);
  }
  expect(Math.abs(Math.max(...ratios) - largest)).toBeLessThan(0.02);
}

test.each([2, 4, 5, 15])('ratios of random rules, %i colors', (colors) => {
  expectOfficialShares(
    colors,
    Array.from(simulate(colors, 10), ({ ratio }) => ratio),
  );
});

describe('10 colors, 27 frames', () => {
  const options = resolveNcaOptions();
  const ratios: number[] = [];
  const bands = Array.from({ length: 6 }, () => ({
    repeated: [] as number[],
    distinct: [] as number[],
    seen: [] as number[],
    tokens: [] as number[],
  }));
  beforeAll(() => {
    for (const { states, ratio } of simulate(10, 27)) {
      ratios.push(ratio);
      const band = bands[EDGES.filter((edge) => ratio >= edge).length]!;
      band.repeated.push(shareRepeated(options, states));
      band.distinct.push(countDistinctTokens(options, states));
      band.seen.push(shareNeighborhoodsSeen(states));
      for (const token of encodePatches(options, states, 0, 27)) band.tokens.push(token);
    }
  });

  test('ratios of random rules', () => expectOfficialShares(10, ratios));

  // Per band: tokens equal to the one a frame before, distinct tokens, neighborhoods seen earlier, Zipf's exponent.
  // The exponent is that of all rules of a band pooled; from seed to seed it differs by .03 to .05 below ratio .4
  // and by .01 to .02 above, hence the last column.
  test.each([
    ['below .1', 0, 0.915, 3, 1.0, 2.17, 0.2],
    ['.1 to .2', 1, 0.455, 19, 1.0, 1.93, 0.2],
    ['.2 to .3', 2, 0.247, 48, 0.96, 1.29, 0.2],
    ['.3 to .4', 3, 0.116, 95, 0.83, 0.84, 0.2],
    ['.4 to .5', 4, 0.053, 189, 0.5, 0.67, 0.07],
    ['from .5', 5, 0.009, 441, 0.07, 0.5, 0.07],
  ])('band %s', (_, index, repeated, distinct, seen, zipf, zipfTolerance) => {
    const band = bands[index]!;
    expectMean(band.repeated, repeated, 0.0005);
    expectMean(band.distinct, distinct, 0.5);
    expectMean(band.seen, seen, 0.005);
    expect(Math.abs(zipfSlope(band.tokens) - zipf)).toBeLessThan(zipfTolerance);
  });
});

/** Both means are over rules, ours and the table's; the table rounds by at most `rounding`. */
function expectMean(values: number[], official: number, rounding: number): void {
  const error = standardDeviation(values) * Math.sqrt(2 / values.length);
  expect(Math.abs(mean(values) - official)).toBeLessThan(3.5 * error + rounding);
}
