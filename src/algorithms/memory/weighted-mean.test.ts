import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluate, numbers } from '../../../test/support/evaluate.ts';
import { arrayOf } from '../../core/index.ts';
import { type Device, openDevice } from '../../tensor/index.ts';
import { weightedMean } from './weighted-mean.ts';

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 1 });
});
afterAll(() => device.close());

test('a weighted mean counts what has weight, and is zero where nothing has', async () => {
  const inputs = {
    losses: arrayOf('float64', [4], [1, 2, 5, 100]),
    some: arrayOf('float64', [4], [1, 1, 2, 0]),
    none: arrayOf('float64', [4], [0, 0, 0, 0]),
  };
  const found = await evaluate(device, inputs, (x) => [
    weightedMean(x.losses, x.some),
    weightedMean(x.losses, x.none),
  ]);
  expect(found.flatMap(numbers)).toEqual([13 / 4, 0]);
});
