import { expect, it } from 'vitest';
import { smoothPoints } from './smooth-points.ts';

it('averages from the first value on, without a pull towards zero', () => {
  const smooth = smoothPoints(
    [
      [0, 4],
      [1, 8],
      [2, null],
      [3, 8],
    ],
    0.5,
  );
  // (0.5 · 8 + 0.25 · 4) / 0.75 and (0.5 · 8 + 0.25 · 8 + 0.125 · 4) / 0.875
  expect(smooth.map(([, y]) => y)).toEqual([4, 20 / 3, null, 52 / 7]);
  expect(smooth.map(([x]) => x)).toEqual([0, 1, 2, 3]);
});

it('changes nothing without a past', () => {
  const points = [
    [0, 4],
    [1, Number.NaN],
    [2, -1],
  ] as const;
  expect(smoothPoints(points, 0)).toEqual(points);
});
