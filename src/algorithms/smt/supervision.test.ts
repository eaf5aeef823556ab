import { describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../core/index.ts';
import type { TokenBatch } from '../../text/batches.ts';
import {
  choosePositions,
  cutContexts,
  cutFutures,
  flatPositions,
  planSupervision,
  sampleRows,
} from './supervision.ts';

const KEY = keyFromSeed(6);
const list = (x: { data: ArrayLike<number | bigint> }) => Array.from(x.data, Number);
/** Two rows of four inputs: tokens 10..14 and 20..24. */
const BATCH: TokenBatch = {
  inputs: Int32Array.from([10, 11, 12, 13, 20, 21, 22, 23]),
  targets: Int32Array.from([11, 12, 13, 14, 21, 22, 23, 24]),
  weights: Float32Array.from([0, 1, 0, 1, 1, 1, 1, 0]),
};

describe('places of supervision', () => {
  const shape = { batchSize: 40, time: 20 };

  test('one in each stretch, every one of it some time, by key alone', () => {
    const plan = planSupervision({ positions: 3, shortContexts: true }, 20);
    const places = choosePositions(plan, shape, KEY);
    expect(choosePositions(plan, shape, KEY)).toEqual(places);
    expect(choosePositions(plan, shape, keyFromSeed(7))).not.toEqual(places);
    const seen = [0, 1, 2].map((i) => new Set(places.map((row) => row[i]!)));
    expect(seen.map((set) => [Math.min(...set), Math.max(...set)])).toEqual([
      [0, 6],
      [7, 13],
      [14, 20],
    ]);
    expect(seen.map(({ size }) => size)).toEqual([7, 7, 7]);
  });

  test('all of them; or only those with a whole context', () => {
    const all = planSupervision({ positions: 'all', shortContexts: true }, 4);
    expect(choosePositions(all, { batchSize: 1, time: 4 }, KEY)).toEqual([[0, 1, 2, 3, 4]]);
    const whole = planSupervision({ positions: 'all', shortContexts: false, contextLength: 3 }, 4);
    expect(choosePositions(whole, { batchSize: 1, time: 4 }, KEY)).toEqual([[3, 4]]);
  });
});

test('futures start at their place, carry their weights, and end with the sequence', () => {
  const { future, futureWeights } = cutFutures(BATCH, [[0, 2], [4]], 3, { batchSize: 2, time: 4 });
  expect(future.shape).toEqual([3, 3]);
  expect(list(future)).toEqual([10, 11, 12, 12, 13, 14, 24, 0, 0]);
  // Token 0 is not a target; token n is target n − 1.
  expect(list(futureWeights)).toEqual([0, 0, 1, 1, 0, 1, 0, 0, 0]);
  const { weights: _, ...plain } = BATCH;
  expect(
    list(cutFutures(plain, [[0, 2], [4]], 3, { batchSize: 2, time: 4 }).futureWeights),
  ).toEqual([0, 1, 1, 1, 1, 1, 1, 0, 0]);
});

test('contexts end before their place, slide, and bring the next token', () => {
  const { contexts, lengths } = cutContexts(BATCH, [[0, 3], [4]], 2, 4);
  expect(contexts.shape).toEqual([3, 3]);
  expect(list(contexts)).toEqual([0, 0, 10, 11, 12, 13, 22, 23, 24]);
  expect(list(lengths)).toEqual([0, 2, 2]);
  expect(list(flatPositions([[0, 3], [4]], 4))).toEqual([0, 3, 9]);
});

test('samples are different numbers in range', () => {
  const sample = list(sampleRows(KEY, 50, 20));
  expect(new Set(sample).size).toBe(20);
  expect(Math.max(...sample)).toBeLessThan(50);
  expect(list(sampleRows(KEY, 50, 20))).toEqual(sample);
});

test.each([
  [{ positions: 0, shortContexts: true }, 'positions is 0'],
  [{ positions: 7, shortContexts: true }, '7 positions do not fit'],
  [{ positions: 1, shortContexts: true, futureLength: 0 }, 'futureLength is 0'],
])('%j is refused', (supervision, message) => {
  expect(() => planSupervision(supervision, 5)).toThrow(message);
});
