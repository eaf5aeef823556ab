// How often sampling departs from the largest logit, by temperature, against measured figures.

import { expect, test } from 'vitest';
import { foldIn, keyFromSeed, mean, standardDeviation } from '../../src/core/index.ts';
import {
  countNcaParameters,
  createNcaStep,
  type NcaRule,
  resolveNcaOptions,
  rolloutNca,
  sampleNcaRule,
} from '../../src/worlds/nca/index.ts';

const STEPS = 3;

/** Share of cells, over some steps after burn-in, whose sampled state is not the one of the largest logit. */
function measureFlips(temperature: number, index: number): number {
  const warm = resolveNcaOptions({ temperature });
  const cold = resolveNcaOptions({ temperature: 0 });
  const key = foldIn(keyFromSeed(31), index);
  const rule: NcaRule = sampleNcaRule(warm, foldIn(key, 'rule'));
  const sample = createNcaStep(rule, warm, foldIn(key, 'noise'));
  const argmax = createNcaStep(rule, cold, foldIn(key, 'noise'));
  let current: Uint8Array = rolloutNca(warm, rule, key, 1).cells;
  let flips = 0;
  for (let t = 0; t < STEPS; t++) {
    const sampled = new Uint8Array(144);
    const largest = new Uint8Array(144);
    sample(current, sampled, t);
    argmax(current, largest, t);
    for (let c = 0; c < 144; c++) if (sampled[c] !== largest[c]) flips++;
    current = sampled;
  }
  return flips / (STEPS * 144);
}

// Low temperatures flip few cells, and take more rules to measure.
test.each([
  [1e-4, 0.00055, 0.000005, 600],
  [1e-3, 0.0054, 0.00005, 300],
  [1e-2, 0.054, 0.0005, 150],
  [0.1, 0.48, 0.005, 150],
  [1, 0.86, 0.005, 150],
])('at temperature %f the share of flipped cells is %f', (temperature, share, rounding, rules) => {
  const flips = Array.from({ length: rules }, (_, i) => measureFlips(temperature, i));
  // The spread between rules is the error of our mean, and the figure's is taken to be as large; it is rounded, too.
  const tolerance = 3.5 * standardDeviation(flips) * Math.sqrt(2 / rules) + rounding;
  expect(Math.abs(mean(flips) - share)).toBeLessThan(tolerance);
  // The sample must be large enough to tell half of the share from the share.
  expect(tolerance).toBeLessThan(share / 2);
});

test('parameters of the network, as the official one and without channel wrap', () => {
  expect(countNcaParameters(resolveNcaOptions())).toBe(686);
  expect(countNcaParameters(resolveNcaOptions({ channelPadding: 'spatial' }))).toBe(614);
});
