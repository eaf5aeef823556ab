// A short run of the fuzzer over every reader; `test/full/fuzz.test.ts` has the long one, `npm run fuzz` any other.
import { expect, test } from 'vitest';
import { fuzz, READER_NAMES } from './fuzz.mjs';

/** Readers whose files to begin with take a training run, or a thread per input: they are in the long run. */
const SLOW = ['run', 'memory-run', 'study', 'recipe-js', 'tokenizer', 'dataset-parquet'];

test('changed files are accepted or refused in words', async () => {
  const readers = READER_NAMES.filter((name) => !SLOW.includes(name));
  const results = await fuzz({ seed: 12, runs: 4, readers });
  expect(results.flatMap(({ faults }) => faults)).toEqual([]);
  // A mutator that changes nothing, or a reader that reads nothing, would show no fault either.
  for (const { accepted, refused } of results) expect(accepted + refused).toBe(4);
  expect(results.filter(({ refused }) => refused > 0).length).toBeGreaterThan(12);
});
