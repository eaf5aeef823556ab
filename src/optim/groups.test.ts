import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluate, numbers } from '../../test/support/evaluate.ts';
import { randn } from '../../test/support/operation-cases.ts';
import { type ParamSpec, zerosInit } from '../core/index.ts';
import { type Device, mul, openDevice } from '../tensor/index.ts';
import { groupParams, joinGroup, splitGroup } from './groups.ts';

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 1 });
});
afterAll(() => device.close());

const param = (shape: readonly number[], more: Partial<ParamSpec> = {}): ParamSpec => ({
  dtype: 'float64',
  shape,
  init: zerosInit,
  role: 'mlp',
  ...more,
});
const indices = (...given: Parameters<typeof groupParams>) =>
  groupParams(...given).map(({ members }) => members.map(({ index }) => index));

test('parameters that decay alike are joined, large ones are left alone', () => {
  const specs = [
    param([3, 2]),
    param([4]),
    param([1000, 1000]),
    param([5], { decay: true }),
    param([2, 2], { decay: false }),
    param([2, 2], { dtype: 'float32' }),
  ];
  const groups = groupParams(specs, { elementwise: true });
  expect(groups.map(({ members }) => members.map(({ index }) => index))).toEqual([
    [0, 3],
    [1, 4],
    [2],
    [5],
  ]);
  expect(groups.map(({ spec }) => [spec.shape, spec.decay])).toEqual([
    [[11], true],
    [[8], false],
    [[1000, 1000], undefined],
    [[2, 2], undefined],
  ]);
  expect(groups[0]!.members.map(({ offset }) => offset)).toEqual([0, 6]);
});

test('an optimizer that does not work element by element sees each parameter', () => {
  const specs = [param([3, 2]), param([2, 2])];
  expect(indices(specs, {})).toEqual([[0], [1]]);
});

test('parameters that are to be kept apart are', () => {
  const specs = [param([3, 2]), param([2, 2]), param([1, 2])];
  expect(indices(specs, { elementwise: true }, (i) => (i === 1 ? 'a' : 'b'))).toEqual([
    [0, 2],
    [1],
  ]);
});

test('what is joined and split again is the same', async () => {
  const arrays = { a: randn('a', 3, 2), b: randn('b', 4), c: randn('c') };
  const specs = Object.values(arrays).map(({ shape }) => param(shape, { decay: true }));
  const [group] = groupParams(specs, { elementwise: true });
  const found = await evaluate(device, arrays, ({ a, b, c }) =>
    splitGroup(group!, mul(joinGroup(group!, [a, b, c]), 2)),
  );
  expect(found.map(({ shape }) => shape)).toEqual([[3, 2], [4], []]);
  expect(found.map((x) => numbers(x))).toEqual(
    Object.values(arrays).map((x) => numbers(x).map((v) => 2 * v)),
  );
});
