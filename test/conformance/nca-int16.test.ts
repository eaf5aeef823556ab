// The world in int16 against the official figures and against the world in float32.

import { expect, test } from 'vitest';
import { foldIn, keyFromSeed } from '../../src/core/index.ts';
import {
  createNcaKernel,
  type NcaOptions,
  resolveNcaOptions,
  rolloutNca,
  sampleNcaRule,
  shareByBin,
} from '../../src/worlds/nca/index.ts';

const RULES = 2000;

test('ratios of random rules fall into the bands as those of the official generator do', () => {
  const kernel = createNcaKernel({ arithmetic: 'int16', band: { kind: 'none' } });
  const ratios = Array.from({ length: RULES }, (_, i) => {
    const key = foldIn(keyFromSeed(77), i);
    kernel.simulate(foldIn(key, 'rule'), foldIn(key, 'rollout'), 10);
    return kernel.ratio();
  });
  const official = [0.14, 0.05, 0.06, 0.1, 0.18, 0.47];
  const ours = shareByBin(ratios, [0.1, 0.2, 0.3, 0.4, 0.5]);
  for (const [bin, share] of official.entries()) {
    // Two samples of 2,000, and the table's rounding to two decimals.
    const p = (ours[bin]! + share) / 2;
    const tolerance = 3.5 * Math.sqrt((p * (1 - p) * 2) / RULES) + 0.005;
    expect(Math.abs(ours[bin]! - share), `bin ${bin}`).toBeLessThan(tolerance);
  }
  expect(Math.abs(Math.max(...ratios) - 0.66)).toBeLessThan(0.02);
});

test('the filter keeps as many simulations in int16 as in float32: 46 %', () => {
  const tokens = new Int32Array(1024);
  const keep = (['int16', 'float32'] as const).map((arithmetic) => {
    const kernel = createNcaKernel({}, { arithmetic });
    let attempts = 0;
    for (let i = 0; i < 1000; i++) attempts += kernel.draw(keyFromSeed(5), i, tokens);
    return 1000 / attempts;
  });
  // Both see the same rules and noise; a trajectory differs, a keep-decision rarely.
  expect(Math.abs(keep[0]! - keep[1]!)).toBeLessThan(0.01);
  expect(Math.abs(keep[0]! - 0.46)).toBeLessThan(3.5 * Math.sqrt((0.46 * 0.54) / 2170) + 0.01);
});

test.each<Partial<NcaOptions>>([
  {},
  { colors: 2 },
  { colors: 4 },
  { colors: 15 },
  { colors: 40, grid: 6 },
  { channelPadding: 'spatial' },
  { temperature: 0 },
  { temperature: 0.01 },
  { temperature: 1 },
  { identityBias: 1 },
  { features: 6, hidden: 21 },
  { features: 16, hidden: 64 },
  { grid: 13, patch: 1 },
])('a step of %j differs from float32 in at most one of 500 cells', (given) => {
  const options = resolveNcaOptions({ ...given, burnIn: 1, band: { kind: 'none' } });
  const kernel = createNcaKernel(options, { arithmetic: 'int16' });
  const rules = 250;
  let different = 0;
  let count = 0;
  for (let i = 0; i < rules; i++) {
    const key = foldIn(keyFromSeed(6), i);
    kernel.simulate(foldIn(key, 0), foldIn(key, 1), 1);
    const ours = kernel.states().cells;
    const rule = sampleNcaRule(options, foldIn(key, 0));
    const float32 = rolloutNca(options, rule, foldIn(key, 1), 1).cells;
    count += float32.length;
    for (const [c, state] of float32.entries()) if (state !== ours[c]) different++;
  }
  expect(different / count).toBeLessThan(0.002);
});
