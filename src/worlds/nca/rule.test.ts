import { describe, expect, test } from 'vitest';
import { keyFromSeed, mean, standardDeviation } from '../../core/index.ts';
import { sampleInitialState } from './rollout.ts';
import {
  channelsOf,
  countNcaParameters,
  lanesFor,
  type NcaNetworkOptions,
  type NcaRule,
  packNcaRule,
  sampleNcaRule,
} from './rule.ts';

const WRAP: NcaNetworkOptions = { colors: 10, features: 4, hidden: 16, channelPadding: 'wrap' };
const SPATIAL: NcaNetworkOptions = { ...WRAP, channelPadding: 'spatial' };

/** Features `[grid, grid, features]` as the definition has them: one-hot, padded, convolved, in float64. */
function convolveDirectly(rule: NcaRule, states: Uint8Array, grid: number): number[] {
  const { colors, features, channelPadding } = rule.network;
  const channels = channelsOf(rule.network);
  const wrapped = (i: number, size: number) => (i + size) % size;
  // Channel c of the padded input is channel c - 1 of the one-hot input where channels wrap.
  const shift = channelPadding === 'wrap' ? -1 : 0;
  const out: number[] = [];
  for (let y = 0; y < grid; y++) {
    for (let x = 0; x < grid; x++) {
      for (let i = 0; i < features; i++) {
        let sum = 0;
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            const state = states[wrapped(y + dy, grid) * grid + wrapped(x + dx, grid)]!;
            for (let c = 0; c < channels; c++) {
              if (wrapped(c + shift, colors) !== state) continue;
              const at = ((dy + 1) * 3 + dx + 1) * channels + c;
              sum += rule.kernels.convolution[at * features + i]!;
            }
          }
        }
        out.push(sum);
      }
    }
  }
  return out;
}

describe.each([
  ['wrapped channels', WRAP],
  ['spatial padding', SPATIAL],
  ['wrapped channels, two colors', { ...WRAP, colors: 2 }],
  ['wrapped channels, six features', { ...WRAP, features: 6 }],
] as const)('%s', (_, network) => {
  test('nine look-ups equal the convolution', () => {
    const grid = 6;
    const rule = sampleNcaRule(network, keyFromSeed(3));
    const states = sampleInitialState(network.colors, grid, keyFromSeed(4));
    const lanes = lanesFor(network.features);
    const looked: number[] = [];
    for (let y = 0; y < grid; y++) {
      for (let x = 0; x < grid; x++) {
        for (let i = 0; i < network.features; i++) {
          let sum = 0;
          for (let position = 0; position < 9; position++) {
            const row = (y + Math.floor(position / 3) + grid - 1) % grid;
            const column = (x + (position % 3) + grid - 1) % grid;
            const state = states[row * grid + column]!;
            sum += rule.table[(position * network.colors + state) * lanes + i]!;
          }
          looked.push(sum);
        }
      }
    }
    const direct = convolveDirectly(rule, states, grid);
    for (let i = 0; i < direct.length; i++) expect(looked[i]).toBeCloseTo(direct[i]!, 6);
    expect(standardDeviation(direct)).toBeGreaterThan(0.05);
  });
});

test('the network has the parameters of the official one', () => {
  expect(countNcaParameters(WRAP)).toBe(686);
  expect(countNcaParameters(SPATIAL)).toBe(614);
  const { kernels } = sampleNcaRule(WRAP, keyFromSeed(0));
  const weights = kernels.convolution.length + kernels.hidden.length + kernels.logits.length;
  expect(weights + 4 + 16 + 10).toBe(686);
});

test('kernels are truncated normals of variance 1 / fan-in', () => {
  const fanIn = { convolution: 9 * 12, hidden: 4, logits: 16 };
  const rules = Array.from({ length: 300 }, (_, seed) => sampleNcaRule(WRAP, keyFromSeed(seed)));
  for (const name of ['convolution', 'hidden', 'logits'] as const) {
    const values = rules.flatMap(({ kernels }) => Array.from(kernels[name]));
    const sigma = Math.sqrt(1 / fanIn[name]);
    const error = 1 / Math.sqrt(values.length);
    expect(Math.abs(mean(values)) / sigma).toBeLessThan(4 * error);
    expect(Math.abs(standardDeviation(values) / sigma - 1)).toBeLessThan(4 * error);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / sigma;
    expect(largest).toBeGreaterThan(2.2);
    expect(largest).toBeLessThanOrEqual(2 / 0.8796 + 1e-4);
  }
});

test('a rule is a pure function of its key', () => {
  expect(sampleNcaRule(WRAP, keyFromSeed(5))).toEqual(sampleNcaRule(WRAP, keyFromSeed(5)));
  expect(sampleNcaRule(WRAP, keyFromSeed(5))).not.toEqual(sampleNcaRule(WRAP, keyFromSeed(6)));
});

test('kernels of a wrong size are refused', () => {
  const { kernels } = sampleNcaRule(WRAP, keyFromSeed(5));
  expect(() => packNcaRule(SPATIAL, kernels)).toThrow(/convolution has 432 elements.*360/);
});
