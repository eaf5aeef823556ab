// Every source that comes with the package has learned dynamics, whatever sequences are held out.

import { expect, test } from 'vitest';
import { judgeShippedSource, listSources, REGISTRIES } from '../../src/training/index.ts';

const CASES = listSources().flatMap((name) => [0, 1, 2].map((seed) => [name, seed] as const));

test('there is one', () => {
  expect(CASES).not.toEqual([]);
});

test.each(CASES)('%s under seed %i', { timeout: 600_000 }, async (name, seed) => {
  const { gate } = await judgeShippedSource(name, { registries: REGISTRIES, seed });
  expect(gate.reasons.join(' ')).not.toContain('NOT');
  expect(gate.verdict).toBe('dynamics');
  // A model of dynamics must lose where the frame before is shuffled.
  expect(gate.shuffledFrame!.interval![0]).toBeGreaterThan(0);
});
