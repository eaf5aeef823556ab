import { expect, test } from 'vitest';
import { parseSeeds } from './parse-seeds.ts';

test.each([
  ['0', [0]],
  ['0,1,2', [0, 1, 2]],
  ['0-4', [0, 1, 2, 3, 4]],
  ['7, 2-4,3', [7, 2, 3, 4]],
])('seeds %s', (text, seeds) => {
  expect(parseSeeds(text)).toEqual(seeds);
});

test.each(['', ' ', 'x', '1-x', '3-1', '-1', '1.5', '0,', '0-10000', '1e3'])(
  'refuses the seeds "%s"',
  (text) => {
    expect(() => parseSeeds(text)).toThrow('seeds are whole numbers');
  },
);
