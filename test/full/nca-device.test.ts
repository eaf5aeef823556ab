// The gate's predictors on sequences that the device draws, against those of the host; and XLA's sequences against onnxruntime's.

import { expect, test } from 'vitest';
import { foldIn, keyFromSeed, mean, standardDeviation } from '../../src/core/index.ts';
import { measureBaselines } from '../../src/eval/index.ts';
import { openDevice } from '../../src/tensor/index.ts';
import { drawTokens } from '../../src/worlds/index.ts';
import { createNcaWorld, type NcaOptions } from '../../src/worlds/nca/index.ts';
import { traceNca } from '../../src/worlds/nca/trace-nca.ts';
import { batchKeys, drawTraced, rowsOf } from '../support/draw-traced.ts';
import { hasXla, openXla } from '../support/open-xla.ts';

const KEY = keyFromSeed(41);

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
  const device = openDevice({ threads: 1 });
  const batches = await drawTraced(device, traceNca(options), batchKeys(KEY, SEQUENCES / 50), 50);
  await device.close();
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
  const [xla, device] = [openXla(), openDevice({ threads: 2 })];
  for (const given of [
    { colors: 3, grid: 8, sequenceLength: 200, temperature: 0.1, band: { kind: 'none' }, dt: 2 },
    { sequenceLength: 200, rules: 20, filter: 'rule' },
  ] as const) {
    const world = traceNca(given);
    const keys = batchKeys(KEY, 2);
    expect(await drawTraced(xla, world, keys, 8)).toEqual(await drawTraced(device, world, keys, 8));
  }
  await Promise.all([xla.close(), device.close()]);
});
