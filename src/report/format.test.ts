import { describe, expect, it } from 'vitest';
import { formatDuration } from './format.ts';

describe('formatDuration', () => {
  it.each([
    [4.21, '4.2 s'],
    [59.97, '1 min 0 s'],
    [200, '3 min 20 s'],
    [1499, '25 min'],
    [3599, '1 h 0 min'],
    [4320, '1 h 12 min'],
    [null, '–'],
    [-1, '–'],
  ])('%s', (seconds, expected) => {
    expect(formatDuration(seconds)).toBe(expected);
  });
});
