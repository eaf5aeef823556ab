import { expect, test } from 'vitest';
import { findCycles } from './hill-cycles.ts';

/** Margins of pairs, the other way round negative. */
const marginsOf = (count: number, pairs: readonly (readonly [number, number, number])[]) => {
  const margins = new Float64Array(count * count);
  for (const [i, j, margin] of pairs) {
    margins[i * count + j] = margin;
    margins[j * count + i] = -margin;
  }
  return margins;
};

test('both directions, once each, the clearest first', () => {
  const margins = marginsOf(4, [
    [0, 1, 0.5],
    [1, 2, 0.4],
    [2, 0, 0.3],
    [3, 0, 0.9],
    [1, 3, 0.8],
    [2, 3, 0.1],
  ]);
  // 0 beats 1 beats 2 beats 0; 0 beats 1 beats 3 beats 0. 1, 2, 3 and 0, 2, 3 have a best one.
  expect(findCycles(margins, 4, 5)).toEqual({
    count: 2,
    clearest: [
      { members: [0, 1, 3], margin: 0.5 },
      { members: [0, 1, 2], margin: 0.3 },
    ],
  });
  expect(findCycles(margins, 4, 1).clearest).toHaveLength(1);
});

test('a tie is no link, and an order has no cycles', () => {
  const tied = marginsOf(3, [
    [0, 1, 0.5],
    [1, 2, 0.5],
  ]);
  expect(findCycles(tied, 3, 5)).toEqual({ count: 0, clearest: [] });
  const backwards = marginsOf(3, [
    [1, 0, 0.2],
    [2, 1, 0.3],
    [0, 2, 0.4],
  ]);
  expect(findCycles(backwards, 3, 5).clearest).toEqual([{ members: [0, 2, 1], margin: 0.2 }]);
});
