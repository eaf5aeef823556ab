import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { planRuns } from './plan-study.ts';
import { runRecurrentStudy } from './run-study.ts';
import { parseRecurrentStudy } from './study-recipe.ts';
import { tryRuns } from './try-runs.ts';

function studyOf(tasks: object) {
  return parseRecurrentStudy(
    {
      kind: 'recurrent-study',
      name: 'tried',
      seeds: [0, 1],
      base: { smt: {}, dmt: {} },
      tasks,
      lengths: { 20: {} },
      algorithms: { smt: {} },
      baseline: 'smt',
    },
    'tried',
  );
}

const world = (options: object) => ({
  task: { kind: 'world', world: { kind: 'nca', ...options } },
});

test('tasks that can be drawn from pass, with default bands of few colors', () => {
  const study = studyOf({ copy: { task: { kind: 'copy' } }, nca: world({ colors: 2, grid: 4 }) });
  expect(() => tryRuns(planRuns(study, () => null))).not.toThrow();
});

test('a task that cannot be drawn from is named before any run has begun', async () => {
  const band = { kind: 'absolute', low: 5, high: 6 };
  const study = studyOf({
    copy: { task: { kind: 'copy' } },
    nca: world({ colors: 2, grid: 8, patch: 4, band }),
    missing: { task: { kind: 'characters', files: ['missing.txt'] } },
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'primordia-test-'));
  const directory = path.join(folder, 'out');
  try {
    await expect(runRecurrentStudy(study, { directory })).rejects.toThrow(
      /^nca 20 smt: nca: the band is empty/,
    );
    expect(existsSync(directory)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const [last] = planRuns(study, () => null).filter(({ task }) => task === 'missing');
  expect(() => tryRuns([last!])).toThrow(/^missing 20 smt: /);
});
