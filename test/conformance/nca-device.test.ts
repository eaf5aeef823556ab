// Sequences that the device draws against those of the host: the same distribution, from other random numbers.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  arrayOf,
  foldIn,
  keyFromSeed,
  mean,
  spec,
  standardDeviation,
} from '../../src/core/index.ts';
import { type Device, openDevice } from '../../src/tensor/index.ts';
import { noiseTable, packRules, scalesOf } from '../../src/worlds/nca/device-tables.ts';
import {
  countDistinctTokens,
  countTokens,
  createNcaKernel,
  decodeNca,
  encodePatches,
  measureNcaRatio,
  type NcaOptions,
  type NcaStates,
  resolveNcaOptions,
  rolloutNca,
  sampleNcaRule,
  shareByBin,
  shareNeighborhoodsSeen,
  shareRepeated,
  unigramEntropy,
} from '../../src/worlds/nca/index.ts';
import { traceNca } from '../../src/worlds/nca/trace-nca.ts';
import { traceNcaStep } from '../../src/worlds/nca/trace-step.ts';
import { batchKeys, drawTraced, rowsOf } from '../support/draw-traced.ts';
import { hasXla, openXla } from '../support/open-xla.ts';

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 2 });
});
afterAll(() => device.close());

const KEY = keyFromSeed(41);
const BATCH = 50;

/** Sequences of the device. */
async function drawMany(options: Partial<NcaOptions>, count: number): Promise<Int32Array[]> {
  const { sequenceLength } = resolveNcaOptions(options);
  const batches = await drawTraced(device, traceNca(options), batchKeys(KEY, count / BATCH), BATCH);
  return rowsOf(batches, sequenceLength);
}

describe('2,000 random rules at 10 colors', () => {
  const RULES = 2000;
  const given = { band: { kind: 'none' }, sequenceLength: 380 } as const;
  const options = resolveNcaOptions(given);
  type Measured = {
    readonly ratio: number;
    readonly repeated: number;
    readonly distinct: number;
    readonly seen: number;
  };
  let host: Measured[];
  let own: Measured[];
  const entropies: number[] = [];
  beforeAll(async () => {
    const kernel = createNcaKernel(given);
    const size = (tokens: Int32Array) => kernel.gzipSize(tokens);
    const measure = (states: NcaStates): Measured => ({
      ratio: measureNcaRatio(options, states, size),
      repeated: shareRepeated(options, states),
      distinct: countDistinctTokens(options, states),
      seen: shareNeighborhoodsSeen(states),
    });
    const measureAll = (sequences: readonly Int32Array[]) => {
      const all = sequences.map((tokens) => decodeNca(options, tokens));
      const counts = new Map<number, number>();
      for (const states of all) countTokens(encodePatches(options, states, 0, 10), counts);
      entropies.push(unigramEntropy(counts));
      return all.map(measure);
    };
    host = measureAll(
      Array.from({ length: RULES }, (_, i) => {
        const tokens = new Int32Array(380);
        kernel.draw(KEY, i, tokens);
        return tokens;
      }),
    );
    own = measureAll(await drawMany(given, RULES));
  });

  test('gzip ratios fall into the bands as those of the official generator do', () => {
    const official = [0.14, 0.05, 0.06, 0.1, 0.18, 0.47];
    const ours = shareByBin(
      own.map(({ ratio }) => ratio),
      [0.1, 0.2, 0.3, 0.4, 0.5],
    );
    for (const [bin, share] of official.entries()) {
      // Two samples, the official one of 2,000, and the table's rounding to two decimals.
      const p = (ours[bin]! + share) / 2;
      const tolerance = 3.5 * Math.sqrt(p * (1 - p) * (1 / RULES + 1 / 2000)) + 0.005;
      expect(Math.abs(ours[bin]! - share), `bin ${bin}`).toBeLessThan(tolerance);
    }
    expect(Math.abs(Math.max(...own.map(({ ratio }) => ratio)) - 0.66)).toBeLessThan(0.02);
  });

  test.each(['ratio', 'repeated', 'distinct', 'seen'] as const)(
    'the mean %s is that of the host',
    (name) => {
      const [a, b] = [host, own].map((all) => all.map((one) => one[name])) as [number[], number[]];
      const error = Math.hypot(standardDeviation(a), standardDeviation(b)) / Math.sqrt(RULES);
      expect(Math.abs(mean(a) - mean(b))).toBeLessThan(3.5 * error);
      // The sample must be large enough to see a difference of a fifth.
      expect(3.5 * error).toBeLessThan(0.2 * mean(a));
    },
  );

  test('the entropy of all tokens is that of the host', () => {
    const [a, b] = entropies as [number, number];
    expect(a).toBeGreaterThan(9);
    expect(Math.abs(a - b)).toBeLessThan(0.15);
  });
});

describe('sampling', () => {
  // As in nca-flips.test.ts. Low temperatures flip few cells, and take more rules to measure.
  test.each([
    [1e-4, 0.00055, 0.000005, 900],
    [1e-3, 0.0054, 0.00005, 300],
    [1e-2, 0.054, 0.0005, 150],
    [0.1, 0.48, 0.005, 150],
    [1, 0.86, 0.005, 150],
  ])(
    'at temperature %f flips a share of %f of the cells',
    async (temperature, share, rounding, count) => {
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
      const program = await device.compile({
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
      // As there; and a rule's cells flip or do not, three times alike.
      const tolerance = 3.5 * standardDeviation(flips) * Math.sqrt(2 / count) + rounding;
      expect(Math.abs(mean(flips) - share)).toBeLessThan(tolerance);
      expect(tolerance).toBeLessThan(share / 2);
    },
  );
});

// More worlds: test/full/nca-device.test.ts.
test.skipIf(!hasXla)('XLA draws the same tokens as onnxruntime', async () => {
  const xla = openXla();
  const world = traceNca({ band: { kind: 'none' } });
  const keys = batchKeys(KEY, 2);
  expect(await drawTraced(xla, world, keys, 8)).toEqual(await drawTraced(device, world, keys, 8));
  await xla.close();
});
