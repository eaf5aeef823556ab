import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluate, numbers } from '../../../test/support/evaluate.ts';
import { arrayOf } from '../../core/index.ts';
import { type Device, openDevice } from '../../tensor/index.ts';
import { uniformityLoss } from './uniformity-loss.ts';

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 1 });
});
afterAll(() => device.close());

test('uniformity is the log of the mean over pairs of different tokens', async () => {
  // Tokens of root mean square 1; their directions are 0°, 90° and 180°.
  const root = Math.sqrt(2);
  const memory = arrayOf('float64', [2, 2, 2], [root, 0, 9, 9, 0, root, -root, 0]);
  const inputs = { memory, sample: arrayOf('int32', [3], [0, 2, 3]) };
  const [found] = await evaluate(device, inputs, (x) => [uniformityLoss(x.memory, x.sample)]);
  // Squared distances: 2 twice, and 4.
  const expected = Math.log((2 * Math.exp(-4) + Math.exp(-8)) / 3);
  expect(numbers(found!)[0]).toBeCloseTo(expected, 10);
});

test('uniformity of equal tokens is zero, its largest value', async () => {
  const memory = arrayOf('float64', [4, 2], [1, 1, 1, 1, 1, 1, 1, 1]);
  const inputs = { memory, sample: arrayOf('int32', [4], [0, 1, 2, 3]) };
  const [found] = await evaluate(device, inputs, (x) => [uniformityLoss(x.memory, x.sample)]);
  expect(numbers(found!)[0]).toBeCloseTo(0, 10);
});
