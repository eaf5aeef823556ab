// How often sampling departs from the largest logit, by temperature, against measured figures: on the host and on a device.

import { expect, test } from 'vitest';
import {
  arrayOf,
  foldIn,
  keyFromSeed,
  mean,
  spec,
  standardDeviation,
} from '../../src/core/index.ts';
import type { Device } from '../../src/tensor/index.ts';
import { noiseTable, packRules, scalesOf } from '../../src/worlds/nca/device-tables.ts';
import {
  createNcaStep,
  type NcaRule,
  resolveNcaOptions,
  rolloutNca,
  sampleNcaRule,
} from '../../src/worlds/nca/index.ts';
import { traceNcaStep } from '../../src/worlds/nca/trace-step.ts';

/** Share of flipped cells and its rounding, by temperature. Low temperatures flip few cells, and take more rules to measure. */
const FIGURES = [
  { temperature: 1e-4, share: 0.00055, rounding: 0.000005, rules: 600, onDevice: 900 },
  { temperature: 1e-3, share: 0.0054, rounding: 0.00005, rules: 300, onDevice: 300 },
  { temperature: 1e-2, share: 0.054, rounding: 0.0005, rules: 150, onDevice: 150 },
  { temperature: 0.1, share: 0.48, rounding: 0.005, rules: 150, onDevice: 150 },
  { temperature: 1, share: 0.86, rounding: 0.005, rules: 150, onDevice: 150 },
] as const;

type Temperature = (typeof FIGURES)[number]['temperature'];

/** All temperatures, and those of `npm test`. */
export const TEMPERATURES: readonly Temperature[] = FIGURES.map(({ temperature }) => temperature);
export const FEW_TEMPERATURES: readonly Temperature[] = [1e-3, 0.1];

const figuresOf = (temperatures: readonly Temperature[]) =>
  FIGURES.filter(({ temperature }) => temperatures.includes(temperature));

/** Holds the shares of rules against the figure. */
function expectShare(flips: readonly number[], share: number, rounding: number): void {
  // The spread between rules is the error of our mean, and the figure's is taken to be as large; it is rounded, too.
  const tolerance = 3.5 * standardDeviation(flips) * Math.sqrt(2 / flips.length) + rounding;
  expect(Math.abs(mean(flips) - share)).toBeLessThan(tolerance);
  // The sample must be large enough to tell half of the share from the share.
  expect(tolerance).toBeLessThan(share / 2);
}

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

/** The tests of the host. */
export function testHostFlips(temperatures: readonly Temperature[]): void {
  test.each(figuresOf(temperatures))(
    'at temperature $temperature the share of flipped cells is $share',
    ({ temperature, share, rounding, rules }) => {
      const flips = Array.from({ length: rules }, (_, i) => measureFlips(temperature, i));
      expectShare(flips, share, rounding);
    },
  );
}

const KEY = keyFromSeed(41);

/** The tests of a device. */
export function testDeviceFlips(
  deviceOf: () => Device,
  temperatures: readonly Temperature[],
): void {
  test.each(figuresOf(temperatures))(
    'at temperature $temperature flips a share of $share of the cells',
    async ({ temperature, share, rounding, onDevice: count }) => {
      const options = resolveNcaOptions({ temperature });
      const scales = scalesOf(options);
      const { colors, features, hidden } = options;
      const ruleOf = (i: number) => sampleNcaRule(options, foldIn(foldIn(KEY, 'rule'), i));
      const { data, shape } = packRules(options, scales, count, ruleOf);
      const width = shape[1]!;
      const cut = (from: number, to: number) =>
        Array.from({ length: count }, (_, i) =>
          Array.from(data.subarray(i * width + from, i * width + to)),
        ).flat();
      const [first, second] = [colors * 9 * features, width - hidden * colors];
      const rules = {
        table: arrayOf('float32', [count * colors, 9 * features], cut(0, first)),
        hidden: arrayOf('float64', [count, features, hidden], cut(first, second)),
        logits: arrayOf('float64', [count, hidden, colors], cut(second, width)),
      };
      const cells = arrayOf(
        'int32',
        [count, 144],
        Array.from({ length: count }, (_, i) =>
          Array.from(rolloutNca(options, ruleOf(i), foldIn(KEY, i), 1).cells),
        ).flat(),
      );
      const noise = noiseTable(temperature, scales);
      const program = await deviceOf().compile({
        states: {},
        inputs: { rules, cells, noise, key: spec('int32', [2]) },
        build: (_, x) => ({
          outputs: {
            warm: traceNcaStep(options, scales, x.cells, x.rules, x.noise, x.key),
            cold: traceNcaStep(options, scales, x.cells, x.rules, undefined, x.key),
          },
        }),
      });
      const flips = new Array<number>(count).fill(0);
      for (let draw = 0; draw < 3; draw++) {
        const key = arrayOf('int32', [2], [draw, 7]);
        const { warm, cold } = await program.run({}, { rules, cells, noise, key }).read();
        warm.data.forEach((state, i) => {
          if (state !== cold.data[i]) flips[Math.floor(i / 144)]! += 1 / 432;
        });
      }
      await program.close();
      // A rule's cells flip or do not, three times alike.
      expectShare(flips, share, rounding);
    },
  );
}
