import { expect, test } from 'vitest';
import { arrayOf, sizeOf } from '../../../core/index.ts';
import { blockOf, cutBlock, joinBlocks } from './blocks.ts';
import type { Layout } from './layouts.ts';

const MESH = { data: 2, model: 3 };
const DEVICES = [0, 1, 2, 3, 4, 5];
const counted = (shape: number[]) =>
  arrayOf(
    'int32',
    shape,
    Int32Array.from({ length: sizeOf(shape) }, (_, i) => i),
  );

test('devices are numbered along model first', () => {
  const startsOf = (layout: Layout) =>
    DEVICES.map((device) => blockOf([12], layout, MESH, device).starts[0]);
  expect(startsOf([['data']])).toEqual([0, 0, 0, 6, 6, 6]);
  expect(startsOf([['model']])).toEqual([0, 4, 8, 0, 4, 8]);
  expect(startsOf([['data', 'model']])).toEqual([0, 2, 4, 6, 8, 10]);
  expect(startsOf([['model', 'data']])).toEqual([0, 4, 8, 2, 6, 10]);
  expect(startsOf([[]])).toEqual([0, 0, 0, 0, 0, 0]);
});

test('a part has the elements of its rows and columns', () => {
  const array = counted([2, 6]);
  const block = blockOf(array.shape, [['data'], ['model']], MESH, 5);
  expect(cutBlock(array, block)).toEqual(arrayOf('int32', [1, 2], [10, 11]));
});

test.each<[number[], Layout]>([
  [
    [4, 6, 5],
    [['data'], ['model'], []],
  ],
  [
    [5, 6, 4],
    [[], ['model'], ['data']],
  ],
  [
    [6, 3, 2],
    [['data', 'model'], [], []],
  ],
  [
    [3, 2, 12],
    [[], [], ['model', 'data']],
  ],
  [[12], [['model', 'data']]],
  [
    [2, 0, 3],
    [['data'], [], ['model']],
  ],
  [[], []],
])('the parts of %j make the whole', (shape, layout) => {
  const array = counted(shape);
  const parts = DEVICES.map((device) => {
    const block = blockOf(shape, layout, MESH, device);
    return { block, value: cutBlock(array, block) };
  });
  expect(joinBlocks(array, parts)).toEqual(array);
});
