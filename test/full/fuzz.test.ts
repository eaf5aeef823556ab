// Five thousand changed files over every reader of files from outside.
import { expect, test } from 'vitest';
import { formatResults, fuzz, READER_NAMES } from '../fuzz/fuzz.mjs';

const INPUTS = 5000;

test('every reader accepts changed files, or refuses them in words', async () => {
  const runs = Math.ceil(INPUTS / READER_NAMES.length);
  const results = await fuzz({ seed: 2026, runs });
  process.stdout.write(`${formatResults(results)}\n`);
  expect(results.flatMap(({ faults }) => faults)).toEqual([]);
  for (const { accepted, refused } of results) expect(accepted + refused).toBe(runs);
});
