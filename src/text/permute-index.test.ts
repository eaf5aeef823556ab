import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldIn, keyFromSeed } from '../core/index.ts';
import { permuteIndex } from './permute-index.ts';

const key = keyFromSeed(7);

describe('permuteIndex', () => {
  it('is a permutation of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), fc.nat(), (size, seed) => {
        const seen = new Set<number>();
        for (let i = 0; i < size; i++) seen.add(permuteIndex(keyFromSeed(seed), i, size));
        expect(seen.size).toBe(size);
        expect(Math.max(...seen)).toBe(size - 1);
      }),
    );
  });

  it('sends an index anywhere with equal chance', () => {
    for (const size of [2, 3, 5, 10, 17]) {
      const runs = 4000;
      const counts = new Array(size).fill(0);
      for (let run = 0; run < runs; run++) counts[permuteIndex(foldIn(key, run), 1, size)]++;
      const expected = runs / size;
      const chiSquared = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
      // The 99.99 % point of chi-squared stays below this for up to 16 degrees of freedom.
      expect(chiSquared).toBeLessThan(46);
    }
  });

  it('leaves no neighbors together', () => {
    const size = 5000;
    let adjacent = 0;
    for (let i = 0; i + 1 < size; i++) {
      if (permuteIndex(key, i + 1, size) - permuteIndex(key, i, size) === 1) adjacent++;
    }
    // Poisson with mean 1 in a random permutation.
    expect(adjacent).toBeLessThan(9);
  });

  it('takes ranges of 10^12 and more', () => {
    const images = Array.from({ length: 100 }, (_, i) => permuteIndex(key, i, 1e12));
    expect(new Set(images).size).toBe(100);
    expect(Math.max(...images)).toBeGreaterThan(9e11);
    expect(Math.max(...images)).toBeLessThan(1e12);
  });

  it('refuses an index outside', () => {
    for (const index of [-1, 5, 0.5, Number.NaN]) {
      expect(() => permuteIndex(key, index, 5)).toThrow(RangeError);
    }
  });
});
