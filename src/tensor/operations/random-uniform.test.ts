import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluate, numbers } from '../../../test/support/evaluate.ts';
import { uniformOf } from '../../../test/support/reference-ops.ts';
import { arrayOf } from '../../core/index.ts';
import { type Device, dropoutMask, openDevice, randomUniform, type Tensor } from '../index.ts';
import { randomUniformPart } from './random-uniform.ts';

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 2 });
});
afterAll(() => device.close());

const draw = async (key: [number, number], shape: number[], ...streams: number[]) => {
  const inputs = { key: arrayOf('int32', [2], key) };
  const out = await evaluate(device, inputs, ({ key }) =>
    streams.map((stream) => randomUniform(key, stream, shape)),
  );
  return out.map(numbers);
};

test('the numbers are the documented hash of the element number', async () => {
  const found = await draw([-5, 2 ** 31 - 1], [3, 7], 0, 1, 1 << 16);
  const expected = [0, 1, 1 << 16].map((s) => uniformOf([-5, 2 ** 31 - 1], s, [3, 7]).data);
  expect(found).toEqual(expected.map((x) => Array.from(x)));
});

test('evenly spread in [0, 1)', async () => {
  const count = 1 << 17;
  const cells = new Array<number>(64).fill(0);
  const [found] = await draw([1, 2], [count], 3);
  expect(found!.filter((u) => !(u >= 0 && u < 1))).toEqual([]);
  for (const u of found!) cells[Math.floor(u * 64)]! += 1;
  const mean = count / 64;
  const chi2 = cells.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0);
  // 63 degrees of freedom: standard deviation 11.2.
  expect(Math.abs(chi2 - 63)).toBeLessThan(5 * 11.2);
});

test('keys, streams and neighbors are uncorrelated', async () => {
  const count = 1 << 16;
  const [a, b, c] = await draw([7, 8], [count], 0, 1, 2);
  const [d] = await draw([7, 9], [count], 0);
  const [e] = await draw([8, 8], [count], 0);
  const correlation = (x: number[], y: number[]) =>
    (12 * x.reduce((sum, u, i) => sum + (u - 0.5) * (y[i]! - 0.5), 0)) / count;
  const shifted = [...a!.slice(1), a![0]!];
  for (const other of [b!, c!, d!, e!, shifted]) {
    expect(Math.abs(correlation(a!, other))).toBeLessThan(5 / Math.sqrt(count));
  }
});

test('dropout keeps the expectation', async () => {
  const x = arrayOf('float64', [300, 300], new Array(90_000).fill(1));
  const inputs = { x, key: arrayOf('int32', [2], [3, 4]) };
  const [mask] = await evaluate(device, inputs, ({ x, key }) => [dropoutMask(key, 5, x, 0.25)]);
  const values = numbers(mask!);
  expect(new Set(values)).toEqual(new Set([0, 1 / 0.75]));
  // Five standard deviations of the mean of the mask: sqrt(0.25 / 0.75 / 90000) each.
  const mean = values.reduce((a, b) => a + b) / values.length;
  expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(0.25 / 0.75 / 90_000));
});

test('a part of a larger array is that part of it, on every backend', async () => {
  const whole = [3, 5, 4];
  const starts = [1, 0, 2];
  const shape = [2, 3, 2];
  const inputs = { key: arrayOf('int32', [2], [-7, 123]) };
  const build = ({ key }: { readonly key: Tensor }) => [
    randomUniformPart(key, 9, whole, starts, shape),
    randomUniform(key, 9, whole),
  ];
  const interpreter = openDevice({ device: 'interpreter' });
  const [exactPart, exactWhole] = await evaluate(interpreter, inputs, build);
  const [part, all] = await evaluate(device, inputs, build);
  expect(part).toEqual(exactPart);
  expect(all).toEqual(exactWhole);
  const expected = [1, 2].flatMap((i) =>
    [0, 1, 2].flatMap((j) => [2, 3].map((k) => numbers(all!)[(i * 5 + j) * 4 + k]!)),
  );
  expect(numbers(part!)).toEqual(expected);
});
