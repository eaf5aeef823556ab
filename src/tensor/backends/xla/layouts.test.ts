import { describe, expect, test } from 'vitest';
import type { Placement } from '../../mesh.ts';
import { layoutOf, shardingText } from './layouts.ts';

const spread = (data: number, model: number, shard = false) => ({ mesh: { data, model }, shard });
const query: Placement = { role: 'mixer', part: 'query', heads: 4 };
const output: Placement = { role: 'mixer', part: 'output', heads: 4 };
const up: Placement = { role: 'mlp', part: 'up' };
const down: Placement = { role: 'mlp', part: 'down' };
const table: Placement = { role: 'embedding' };

describe('an argument', () => {
  test.each<[string, number[], Placement, ReturnType<typeof spread>, string[][]]>([
    ['a batch is cut along its rows', [8, 5], { batched: true }, spread(2, 1), [['data'], []]],
    ['rows that do not divide are not cut', [7, 5], { batched: true }, spread(2, 1), [[], []]],
    ['a batch is the same along model', [8, 5], { batched: true }, spread(1, 2), [[], []]],
    ['a scalar has nothing to cut', [], { batched: true }, spread(2, 1), []],
    ['what is of no known use is whole', [8, 8], {}, spread(2, 2, true), [[], []]],
    ['parameters are whole where only the batch is cut', [8, 8], query, spread(2, 1), [[], []]],
    ['queries by heads', [8, 6], query, spread(1, 2), [['model'], []]],
    ['so is their bias', [8], query, spread(1, 2), [['model']]],
    ['heads that do not divide are not cut', [12, 6], query, spread(1, 3), [[], []]],
    ['the output by what it reads', [6, 8], output, spread(1, 2), [[], ['model']]],
    ["the output's bias is whole", [6], output, spread(1, 2), [[]]],
    ['MLPs by columns', [10, 6], up, spread(1, 2), [['model'], []]],
    ['and back', [6, 10], down, spread(1, 2), [[], ['model']]],
    ['columns that do not divide are not cut', [9, 6], up, spread(1, 2), [[], []]],
    [
      'a mixer without heads is whole',
      [8, 8],
      { role: 'mixer', part: 'gate' },
      spread(1, 2),
      [[], []],
    ],
    ['tables by vocabulary', [258, 6], table, spread(1, 2), [['model'], []]],
    ['a vocabulary that does not divide is not cut', [257, 6], table, spread(1, 2), [[], []]],
    ['sharded: the first axis that divides', [8, 6], query, spread(2, 1, true), [['data'], []]],
    ['sharded: the other axis', [257, 6], table, spread(2, 1, true), [[], ['data']]],
    ['sharded: what model leaves', [8, 6], query, spread(2, 2, true), [['model'], ['data']]],
    ['sharded: both on one axis', [8, 7], query, spread(2, 2, true), [['model', 'data'], []]],
    ['sharded: vectors are whole', [8], { role: 'norm' }, spread(2, 1, true), [[]]],
    ['sharded: nothing divides', [7, 5], table, spread(2, 1, true), [[], []]],
  ])('%s', (_, shape, placement, how, expected) => {
    expect(layoutOf(shape, placement, how)).toEqual(expected);
  });
});

test('text: a sharded parameter gives way to the batch', () => {
  expect(shardingText([['data'], []], { batched: true })).toBe(
    'sdy.sharding = #sdy.sharding<@mesh, [{"data"}, {}]>',
  );
  expect(shardingText([['model', 'data'], []], query)).toBe(
    'sdy.sharding = #sdy.sharding<@mesh, [{"model", "data"}p1, {}]>',
  );
  expect(shardingText([], {})).toBe('sdy.sharding = #sdy.sharding<@mesh, []>');
});
