// Arms races that are killed as they begin and as they end leave nothing behind. `test/full` has twenty points a kind.

import { expect, test } from 'vitest';
import { killAndResume, runUndisturbed, SMALL_RACE, starve } from '../support/drq-kills.ts';

test('killed at any operation on files, a race that is resumed has the same files', async () => {
  const { operations, names, contents } = await runUndisturbed({ args: SMALL_RACE });
  const find = (pattern: RegExp) => 1 + operations.findIndex((line) => pattern.test(line));
  const points = [
    [find(/writeSync .*recipe\.json/), 'kill midway', false],
    [find(/renameSync .*champions.round-001\.red/), 'kill before', true],
  ] as const;
  for (const [at, kind, hadBegun] of points) {
    expect(at).toBeGreaterThan(0);
    const { began, ...files } = await killAndResume({ args: SMALL_RACE }, at, kind);
    expect(began).toBe(hadBegun);
    expect(files).toEqual({ names, contents });
  }
  // A disk that is full before there is a recipe: no run, and nothing in the way of the same command.
  const [error, left] = await starve({ args: SMALL_RACE }, find(/writeSync .*recipe\.json/));
  expect(error).toMatch(/^error: disk full while .*recipe\.json/);
  expect(left).toEqual([]);
});
