// Known outcomes of the Game of Life after many steps.

import { expect, test } from 'vitest';
import { keyFromSeed, mean, randomBits } from '../../src/core/index.ts';
import { parseLifeRule, rolloutLife } from '../../src/worlds/life.ts';

const LIFE = parseLifeRule('B3/S23');
const after = (grid: number, first: Uint8Array, steps: number) =>
  rolloutLife(LIFE, grid, first, steps, 1).cells;

test('the R-pentomino has 116 live cells after 1,103 steps, six gliders included', () => {
  // On a torus large enough that gliders, at a quarter of a cell a step, do not meet.
  const grid = 540;
  const cells = new Uint8Array(grid * grid);
  const pattern = [
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
    [2, 1],
  ] as const;
  for (const [y, x] of pattern) cells[(270 + y) * grid + 270 + x] = 1;
  expect(after(grid, cells, 1103).reduce((sum, cell) => sum + cell, 0)).toBe(116);
});

test('a soup settles to the known density of ash', () => {
  // 0.0287 for infinite soups of density 0.5; after 4,000 steps on 128x128 cells little is still moving.
  const densities = [1, 2, 3, 4].map((seed) => {
    const soup = Uint8Array.from(randomBits(keyFromSeed(seed), 128 * 128), (word) => word >>> 31);
    return mean(after(128, soup, 4000));
  });
  expect(Math.abs(mean(densities) - 0.0287)).toBeLessThan(0.003);
});
