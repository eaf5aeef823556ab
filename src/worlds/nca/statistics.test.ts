import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolveNcaOptions } from './options.ts';
import type { NcaStates } from './rollout.ts';
import {
  countDistinctTokens,
  countTokens,
  shareByBin,
  shareNeighborhoodsSeen,
  shareRepeated,
  unigramEntropy,
  zipfSlope,
} from './statistics.ts';

const options = resolveNcaOptions({ colors: 4, grid: 4, patch: 2, sequenceLength: 18 });

test('shares by bin: an edge belongs to the bin above it', () => {
  expect(shareByBin([0.05, 0.1, 0.3, 0.9], [0.1, 0.5])).toEqual([0.25, 0.5, 0.25]);
});

test('repeated and distinct tokens', () => {
  const cells = new Uint8Array(48);
  cells[16] = 1; // changes one patch of four in frame 1, and back in frame 2
  const states = { grid: 4, frames: 3, cells };
  expect(shareRepeated(options, states)).toBe(6 / 8);
  expect(countDistinctTokens(options, states)).toBe(2);
});

test('neighborhoods of the last frame found in earlier frames', () => {
  const still = {
    grid: 4,
    frames: 2,
    cells: Uint8Array.from({ length: 32 }, (_, i) => (i % 16) % 4),
  };
  expect(shareNeighborhoodsSeen(still)).toBe(1);
  const cells = new Uint8Array(32);
  cells[16] = 1; // one new cell touches nine neighborhoods of sixteen
  expect(shareNeighborhoodsSeen({ grid: 4, frames: 2, cells })).toBe(7 / 16);
});

test('neighborhoods are counted as by naming each in full', () => {
  const states = fc
    .record({
      grid: fc.integer({ min: 1, max: 5 }),
      frames: fc.integer({ min: 2, max: 4 }),
      top: fc.constantFrom(1, 2, 255),
    })
    .chain(({ grid, frames, top }) => {
      const length = frames * grid * grid;
      return fc
        .uint8Array({ minLength: length, maxLength: length, max: 1 })
        .map((cells) => ({ grid, frames, cells: cells.map((state) => state * top) }));
    });
  const nameAll = ({ grid, cells }: NcaStates, frame: number) =>
    Array.from({ length: grid * grid }, (_, at) =>
      Array.from({ length: 9 }, (_, k) => {
        const y = (Math.floor(at / grid) + Math.floor(k / 3) - 1 + grid) % grid;
        return cells[(frame * grid + y) * grid + (((at % grid) + (k % 3) - 1 + grid) % grid)];
      }).join(),
    );
  fc.assert(
    fc.property(states, (given) => {
      const last = given.frames - 1;
      const earlier = new Set(
        Array.from({ length: last }, (_, frame) => nameAll(given, frame)).flat(),
      );
      const names = nameAll(given, last);
      const seen = names.filter((name) => earlier.has(name)).length;
      expect(shareNeighborhoodsSeen(given)).toBe(seen / names.length);
    }),
  );
});

test("Zipf's exponent of frequencies that fall as 1 / rank is 1", () => {
  const tokens: number[] = [];
  for (let rank = 1; rank <= 12; rank++) {
    for (let i = 0; i < 27_720 / rank; i++) tokens.push(rank);
  }
  expect(zipfSlope(tokens)).toBeCloseTo(1, 6);
  expect(zipfSlope([1, 1, 1])).toBeNaN();
});

test('entropy in bits a token', () => {
  expect(unigramEntropy(countTokens([5, 6, 7, 8]))).toBe(2);
  expect(unigramEntropy(countTokens([1, 1, 1]))).toBe(0);
  // 1/2, 1/4, 1/8, 1/8: 1/2 + 2/4 + 3/8 + 3/8.
  expect(unigramEntropy(countTokens([0, 0, 0, 0, 1, 1, 2, 3]))).toBe(1.75);
  expect(unigramEntropy(new Map())).toBeNaN();
  const counts = countTokens([1, 2], countTokens([2, 3]));
  expect([...counts].sort()).toEqual([
    [1, 1],
    [2, 2],
    [3, 1],
  ]);
});
