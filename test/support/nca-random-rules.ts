// Sequences under random rules that a device draws against those of the host: the same distribution, from other random numbers.

import { beforeAll, describe, expect, test } from 'vitest';
import { keyFromSeed, mean, standardDeviation } from '../../src/core/index.ts';
import type { Device } from '../../src/tensor/index.ts';
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
  shareByBin,
  shareNeighborhoodsSeen,
  shareRepeated,
  unigramEntropy,
} from '../../src/worlds/nca/index.ts';
import { traceNca } from '../../src/worlds/nca/trace-nca.ts';
import { batchKeys, drawTraced, rowsOf } from './draw-traced.ts';

const KEY = keyFromSeed(41);
const BATCH = 50;

/** Sequences of the device. */
async function drawMany(
  device: Device,
  options: Partial<NcaOptions>,
  count: number,
): Promise<Int32Array[]> {
  const { sequenceLength } = resolveNcaOptions(options);
  const batches = await drawTraced(device, traceNca(options), batchKeys(KEY, count / BATCH), BATCH);
  return rowsOf(batches, sequenceLength);
}

type Measured = {
  readonly ratio: number;
  readonly repeated: number;
  readonly distinct: number;
  readonly seen: number;
};

/**
 * The tests, on so many rules: a multiple of 50.
 *
 * @param measures whose means are held against the host's; all take 2,000 rules to see a difference of a fifth
 */
export function describeRandomRules(
  deviceOf: () => Device,
  count: number,
  measures: readonly (keyof Measured)[],
): void {
  describe(`${count} random rules at 10 colors`, () => {
    const given = { band: { kind: 'none' }, sequenceLength: 380 } as const;
    const options = resolveNcaOptions(given);
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
        Array.from({ length: count }, (_, i) => {
          const tokens = new Int32Array(380);
          kernel.draw(KEY, i, tokens);
          return tokens;
        }),
      );
      own = measureAll(await drawMany(deviceOf(), given, count));
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
        const tolerance = 3.5 * Math.sqrt(p * (1 - p) * (1 / count + 1 / 2000)) + 0.005;
        expect(Math.abs(ours[bin]! - share), `bin ${bin}`).toBeLessThan(tolerance);
      }
      expect(Math.abs(Math.max(...own.map(({ ratio }) => ratio)) - 0.66)).toBeLessThan(0.02);
    });

    test.each(measures)('the mean %s is that of the host', (name) => {
      const [a, b] = [host, own].map((all) => all.map((one) => one[name])) as [number[], number[]];
      const error = Math.hypot(standardDeviation(a), standardDeviation(b)) / Math.sqrt(count);
      expect(Math.abs(mean(a) - mean(b))).toBeLessThan(3.5 * error);
      // The sample must be large enough to see a difference of a fifth.
      expect(3.5 * error).toBeLessThan(0.2 * mean(a));
    });

    test('the entropy of all tokens is that of the host', () => {
      const [a, b] = entropies as [number, number];
      expect(a).toBeGreaterThan(9);
      expect(Math.abs(a - b)).toBeLessThan(0.15);
    });
  });
}
