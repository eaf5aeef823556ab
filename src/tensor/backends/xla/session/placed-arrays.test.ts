// Arrays over the devices of several processes, with devices that only hold what they are given.

import { expect, test } from 'vitest';
import { arrayOf, type NdArray } from '../../../../core/index.ts';
import type { Layout } from '../layouts.ts';
import type { DeviceBuffer } from './client.ts';
import { isWholeHere, placeArray, readPlaced } from './placed-arrays.ts';

/** The devices of one process. */
function holdingClient() {
  const held: { value: NdArray; device: number }[] = [];
  return {
    held,
    put(value: NdArray, device: number): DeviceBuffer {
      held.push({ value, device });
      return { address: BigInt(held.length - 1), spec: value };
    },
    read: ({ address }: DeviceBuffer) => ({ wait: () => held[Number(address)]!.value }),
  };
}

const mesh = { data: 2, model: 2 };
const rows: Layout = [['data'], []];
const batch = arrayOf('int32', [4, 2], [0, 1, 10, 11, 20, 21, 30, 31]);

test('each process places its part of a batch on its own devices', () => {
  const parts = [
    [0, 1],
    [2, 3],
  ].map((own) => {
    const client = holdingClient();
    placeArray(client, { mesh, own }, batch, rows);
    return client.held.map(({ value, device }) => [device, ...value.data]);
  });
  expect(parts).toEqual([
    [
      [0, 0, 1, 10, 11],
      [1, 0, 1, 10, 11],
    ],
    [
      [0, 20, 21, 30, 31],
      [1, 20, 21, 30, 31],
    ],
  ]);
});

test('what a process has as a whole it reads by itself', () => {
  const client = holdingClient();
  const second = { mesh, own: [2, 3] };
  const columns: Layout = [[], ['model']];
  const placed = placeArray(client, second, batch, columns);
  expect(isWholeHere(placed, second)).toBe(true);
  expect(readPlaced(client, second, placed).wait()).toEqual(batch);
  expect(isWholeHere({ spec: batch, layout: [[], []] }, second)).toBe(true);
});

test.each<[Layout, number[], boolean]>([
  [rows, [0, 1, 2, 3], true],
  [rows, [0, 1], false],
  [rows, [0, 2], true],
  [[['data', 'model'], []], [0, 1], false],
  [[['data', 'model'], []], [0, 1, 2, 3], true],
  [[['model'], ['data']], [0, 1], false],
])('%j on the devices %j is whole: %s', (layout, own, expected) => {
  expect(isWholeHere({ spec: batch, layout }, { mesh, own })).toBe(expected);
});
