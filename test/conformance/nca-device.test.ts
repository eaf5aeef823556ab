// Sequences that the device draws against those of the host. More rules, temperatures and worlds: test/full/nca-device.test.ts.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../src/core/index.ts';
import { type Device, openDevice } from '../../src/tensor/index.ts';
import { traceNca } from '../../src/worlds/nca/trace-nca.ts';
import { batchKeys, drawTraced } from '../support/draw-traced.ts';
import { FEW_TEMPERATURES, testDeviceFlips } from '../support/nca-flips.ts';
import { describeRandomRules } from '../support/nca-random-rules.ts';
import { hasXla, openXla } from '../support/open-xla.ts';

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 2 });
});
afterAll(() => device.close());

describeRandomRules(() => device, 600, ['ratio', 'distinct']);

describe('sampling', () => {
  testDeviceFlips(() => device, FEW_TEMPERATURES);
});

test.skipIf(!hasXla)('XLA draws the same tokens as onnxruntime', async () => {
  const xla = openXla();
  const world = traceNca({ band: { kind: 'none' } });
  const keys = batchKeys(keyFromSeed(41), 2);
  expect(await drawTraced(xla, world, keys, 8)).toEqual(await drawTraced(device, world, keys, 8));
  await xla.close();
});
