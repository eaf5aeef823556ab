import { expect, test } from 'vitest';
import { queryExitCode } from './query-exit-code.ts';

const FACTS = {
  version: '0.9.5',
  scores: [7, 30, 7],
  isSorted: false,
  pins: [null, null, null],
} as const;

test('queries below 1000 tell scores, and who stands where', () => {
  const ask = (query: number, isSorted: boolean) => queryExitCode(query, { ...FACTS, isSorted });
  expect([1, 2, 3].map((query) => ask(query, false))).toEqual([7, 30, 7]);
  expect([101, 102, 103].map((query) => ask(query, false))).toEqual([1, 2, 3]);
  expect([1, 2, 3].map((query) => ask(query, true))).toEqual([30, 7, 7]);
  expect([101, 102, 103].map((query) => ask(query, true))).toEqual([2, 1, 3]);
  expect([0, 4, 100, 104, 999].map((query) => ask(query, true))).toEqual([-1, -1, -1, -1, -1]);
});

test('queries from 1000 tell of the program and of P-spaces', () => {
  const ask = (query: number) => queryExitCode(query, FACTS);
  expect([1000, 1001, 1002, 1003, 1004].map(ask)).toEqual([95, 2, 952, 4, -1]);
  expect(queryExitCode(1000, { ...FACTS, version: '0.9.2' })).toBe(92);
  const share = (...pins: (number | null)[]) =>
    queryExitCode(2000, { ...FACTS, pins, scores: pins.map(() => 0) });
  expect([share(null, null), share(1, 1), share(1, 2)]).toEqual([1, 2, 1]);
  expect([share(1, 1, null, 1), share(1, 1, 2, 2)]).toEqual([3, 3]);
  // A PIN of 0 is shared with later warriors that have none.
  expect([share(0, null), share(null, 0), share(0, null, null)]).toEqual([2, 1, 3]);
  expect([share(null, 0, null), share(0, 1, null, 1), share(null, 0, 0, null)]).toEqual([2, 3, 3]);
});
