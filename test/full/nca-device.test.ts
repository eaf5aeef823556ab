// Sequences that the device draws: those under random rules and the gate's predictors on them, against the host's; how often sampling
// departs from the largest logit; and XLA's sequences against onnxruntime's.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foldIn, keyFromSeed, mean, standardDeviation } from '../../src/core/index.ts';
import { measureBaselines } from '../../src/eval/index.ts';
import { type Device, openDevice } from '../../src/tensor/index.ts';
import { drawTokens } from '../../src/worlds/index.ts';
import { createNcaWorld, type NcaOptions } from '../../src/worlds/nca/index.ts';
import { traceNca } from '../../src/worlds/nca/trace-nca.ts';
import { batchKeys, drawTraced, rowsOf } from '../support/draw-traced.ts';
import { TEMPERATURES, testDeviceFlips, testHostFlips } from '../support/nca-flips.ts';
import { describeRandomRules } from '../support/nca-random-rules.ts';
import { hasXla, openXla } from '../support/open-xla.ts';

const KEY = keyFromSeed(41);

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 2 });
});
afterAll(() => device.close());

describeRandomRules(() => device, 2000, ['ratio', 'repeated', 'distinct', 'seen']);

describe('sampling on the host', () => {
  testHostFlips(TEMPERATURES);
});

describe('sampling on the device', () => {
  testDeviceFlips(() => device, TEMPERATURES);
});

test("the gate's predictors lose as much on sequences of a pool as on the host's", async () => {
  const options: Partial<NcaOptions> = {
    colors: 2,
    grid: 8,
    patch: 1,
    burnIn: 2,
    sequenceLength: 528,
    filter: 'rule',
    rules: 300,
    band: { kind: 'percentile', low: 30, high: 100 },
  };
  const SEQUENCES = 300;
  const batches = await drawTraced(device, traceNca(options), batchKeys(KEY, SEQUENCES / 50), 50);
  const world = createNcaWorld(options);
  const drawn = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => drawTokens(world, foldIn(KEY, name), i));
  const training = drawn('training', 256);
  const fresh = { ...world, freshRules: true };
  const [host, own] = [
    measureBaselines(fresh, training, drawn('held out', SEQUENCES)),
    measureBaselines(fresh, training, rowsOf(batches, 528)),
  ];
  expect(host.losses.length).toBeGreaterThan(8);
  host.losses.forEach(({ name, losses }, i) => {
    const others = own.losses[i]!.losses;
    const error =
      Math.hypot(standardDeviation([...losses]), standardDeviation([...others])) /
      Math.sqrt(SEQUENCES);
    const difference = Math.abs(mean([...losses]) - mean([...others]));
    expect(difference, name).toBeLessThan(3.5 * error);
    // Predictors differ by more than this from one another.
    expect(3.5 * error, name).toBeLessThan(0.15);
  });
});

test.skipIf(!hasXla)('XLA draws the same tokens as onnxruntime', async () => {
  const xla = openXla();
  for (const given of [
    { colors: 3, grid: 8, sequenceLength: 200, temperature: 0.1, band: { kind: 'none' }, dt: 2 },
    { sequenceLength: 200, rules: 20, filter: 'rule' },
  ] as const) {
    const world = traceNca(given);
    const keys = batchKeys(KEY, 2);
    expect(await drawTraced(xla, world, keys, 8)).toEqual(await drawTraced(device, world, keys, 8));
  }
  await xla.close();
});
