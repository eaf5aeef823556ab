import { describe, expect, test } from 'vitest';
import { foldIn, type Key, keyFromSeed, threefry } from '../../core/index.ts';
import { type NcaOptions, resolveNcaOptions } from './options.ts';
import { sampleInitialState } from './rollout.ts';
import { lanesFor, type NcaRule, sampleNcaRule } from './rule.ts';
import { createNcaStep, GUMBEL_MAX, GUMBEL_MIN, gumbelFromBits } from './step.ts';

const f = Math.fround;

/** One step written as the documentation of `createNcaStep` puts it, all noise drawn. */
function stepPlainly(
  rule: NcaRule,
  options: NcaOptions,
  noiseKey: Key,
  source: Uint8Array,
  index: number,
): Uint8Array {
  const { grid } = options;
  const { colors, features, hidden } = rule.network;
  const target = new Uint8Array(grid * grid);
  const bits = new Uint32Array(2);
  for (let cell = 0; cell < grid * grid; cell++) {
    const y = Math.floor(cell / grid);
    const x = cell % grid;
    const feature = new Float32Array(features);
    for (let p = 0; p < 9; p++) {
      const row = (y + Math.floor(p / 3) + grid - 1) % grid;
      const state = source[row * grid + ((x + (p % 3) + grid - 1) % grid)]!;
      for (let i = 0; i < features; i++) {
        feature[i]! += rule.table[(p * colors + state) * lanesFor(features) + i]!;
      }
    }
    const logit = new Float32Array(colors);
    for (let j = 0; j < hidden; j++) {
      let sum = 0;
      for (let i = 0; i < features; i++) {
        sum = f(sum + f(feature[i]! * rule.hiddenRows[j * lanesFor(features) + i]!));
      }
      const rectified = Math.max(0, sum);
      for (let k = 0; k < colors; k++) {
        logit[k]! += f(rectified * rule.logitRows[j * lanesFor(colors) + k]!);
      }
    }
    logit[source[cell]!]! += f(options.identityBias);
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < colors; k++) {
      threefry(noiseKey, index * grid * grid + cell, k >> 1, bits);
      const noise = gumbelFromBits(bits[k & 1]!);
      const score = f(logit[k]! + f(f(options.temperature) * noise));
      if (score > bestScore) {
        bestScore = score;
        target[cell] = k;
      }
    }
  }
  return target;
}

describe.each<Partial<NcaOptions>>([
  {},
  { temperature: 0 },
  { temperature: 1e-8 },
  { temperature: 0.01 },
  { temperature: 1, identityBias: 0.7 },
  { colors: 2, channelPadding: 'spatial', temperature: 0.01 },
  { colors: 15, features: 6, hidden: 5, temperature: 0.01 },
  { colors: 3, grid: 1, patch: 1, temperature: 0.1 },
  { colors: 7, grid: 2, features: 9, temperature: 0.1 },
])('%j', (given) => {
  const options = resolveNcaOptions(given);
  const key = keyFromSeed(11);
  const rules = Array.from({ length: 4 }, (_, i) => sampleNcaRule(options, foldIn(key, i)));

  test('a step is what its documentation says, to the bit', () => {
    for (const rule of rules) {
      const step = createNcaStep(rule, options, key);
      let current = sampleInitialState(options.colors, options.grid, key);
      for (let t = 0; t < 3; t++) {
        const next = new Uint8Array(current.length);
        step(current, next, t);
        expect(next).toEqual(stepPlainly(rule, options, key, current, t));
        current = next;
      }
    }
  });

  test('noise drawn where it can matter gives the states of noise drawn everywhere', () => {
    for (const rule of rules) {
      const lazy = createNcaStep(rule, options, key);
      const full = createNcaStep(rule, options, key, 'full');
      let current = sampleInitialState(options.colors, options.grid, key);
      for (let t = 0; t < 30; t++) {
        const next = new Uint8Array(current.length);
        const same = new Uint8Array(current.length);
        expect(full(current, same, t)).toBe(current.length);
        expect(lazy(current, next, t)).toBeLessThanOrEqual(current.length);
        expect(next).toEqual(same);
        current = next;
      }
    }
  });
});

test('at the default temperature noise is drawn for few cells', () => {
  const options = resolveNcaOptions();
  let noisy = 0;
  for (let i = 0; i < 100; i++) {
    const key = foldIn(keyFromSeed(2), i);
    const step = createNcaStep(sampleNcaRule(options, key), options, key);
    noisy += step(sampleInitialState(10, 12, key), new Uint8Array(144), 0);
  }
  expect(noisy / 14_400).toBeGreaterThan(0.005);
  expect(noisy / 14_400).toBeLessThan(0.04);
});

test('temperature 0 takes the largest logit, whatever the noise key', () => {
  const options = resolveNcaOptions({ temperature: 0 });
  const rule = sampleNcaRule(options, keyFromSeed(1));
  const source = sampleInitialState(10, 12, keyFromSeed(2));
  const target = new Uint8Array(144);
  const again = new Uint8Array(144);
  createNcaStep(rule, options, keyFromSeed(3))(source, target, 0);
  createNcaStep(rule, options, keyFromSeed(4))(source, again, 9);
  expect(again).toEqual(target);

  // The largest logit of the network in float64, from the kernels rather than from the packed rows.
  const { kernels, table } = rule;
  let compared = 0;
  for (let cell = 0; cell < 144; cell++) {
    const feature = [0, 0, 0, 0];
    for (let p = 0; p < 9; p++) {
      const row = (Math.floor(cell / 12) + Math.floor(p / 3) + 11) % 12;
      const state = source[row * 12 + (((cell % 12) + (p % 3) + 11) % 12)]!;
      for (let i = 0; i < 4; i++) feature[i]! += table[(p * 10 + state) * 4 + i]!;
    }
    const logits = new Array<number>(10).fill(0);
    for (let j = 0; j < 16; j++) {
      const sum = feature.reduce((s, value, i) => s + value * kernels.hidden[i * 16 + j]!, 0);
      for (let k = 0; k < 10; k++) logits[k]! += Math.max(0, sum) * kernels.logits[j * 10 + k]!;
    }
    const [first, second] = logits.toSorted((a, b) => b - a);
    if (first! - second! < 1e-5) continue;
    compared++;
    expect(target[cell]).toBe(logits.indexOf(first!));
  }
  expect(compared).toBeGreaterThan(130);
});

test('a large identity bias keeps every cell as it is', () => {
  const options = resolveNcaOptions({ identityBias: 100 });
  const source = sampleInitialState(10, 12, keyFromSeed(2));
  const target = new Uint8Array(144);
  createNcaStep(sampleNcaRule(options, keyFromSeed(1)), options, keyFromSeed(3))(source, target, 0);
  expect(target).toEqual(source);
});

test('no noise lies outside the bounds that make lazy drawing exact', () => {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  // All steps of the uniform number near its ends, where the noise is extreme, and one in 61 between them.
  const end = 2 ** 16;
  for (let u = 0; u < 2 ** 23; u += u < end || u >= 2 ** 23 - end ? 1 : 61) {
    const noise = gumbelFromBits((u << 9) >>> 0);
    if (noise < least) least = noise;
    if (noise > most) most = noise;
  }
  expect(least).toBeGreaterThanOrEqual(GUMBEL_MIN);
  expect(most).toBeLessThanOrEqual(GUMBEL_MAX);
  expect(GUMBEL_MAX - GUMBEL_MIN - (most - least)).toBeLessThan(1e-3);
});
