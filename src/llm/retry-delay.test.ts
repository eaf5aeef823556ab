import { describe, expect, it } from 'vitest';
import { foldIn, keyFromSeed } from '../core/index.ts';
import { parseRetryAfter, retryDelayMs } from './retry-delay.ts';

const KEY = keyFromSeed(1);
const LIMITS = { firstMs: 1000, longestMs: 60_000 };

describe('retryDelayMs', () => {
  it('doubles from attempt to attempt, within half and whole, up to the longest wait', () => {
    for (let attempt = 1; attempt <= 2000; attempt++) {
      const step = Math.min(60_000, 1000 * 2 ** (attempt - 1));
      const delay = retryDelayMs(attempt, null, KEY, LIMITS);
      expect(delay).toBeGreaterThanOrEqual(step / 2);
      expect(delay).toBeLessThanOrEqual(step);
    }
  });

  it('is the same for the same key, and spreads over keys', () => {
    const delays = Array.from({ length: 50 }, (_, i) =>
      retryDelayMs(3, null, foldIn(KEY, i), LIMITS),
    );
    expect(delays).toEqual(
      Array.from({ length: 50 }, (_, i) => retryDelayMs(3, null, foldIn(KEY, i), LIMITS)),
    );
    expect(new Set(delays).size).toBeGreaterThan(40);
  });

  it('waits as long as the server asks, but no longer than the longest wait', () => {
    expect(retryDelayMs(1, 7000, KEY, LIMITS)).toBe(7000);
    expect(retryDelayMs(1, 1e9, KEY, LIMITS)).toBe(60_000);
    expect(retryDelayMs(1, 0, KEY, LIMITS)).toBe(retryDelayMs(1, null, KEY, LIMITS));
  });
});

describe('parseRetryAfter', () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0);
  it.each([
    ['3', 3000],
    [' 0 ', 0],
    ['1.5', 1500],
    ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['Thursday, 01-Jan-26 12:00:30 GMT', 30_000],
    ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
    [null, null],
    ['', null],
    ['-5', null],
    ['soon', null],
    ['2026', 2_026_000],
    ['2026-01-01', null],
    ['Mon', null],
    ['9'.repeat(400), null],
    ['Infinity', null],
  ])('reads %s as %s', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
