import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { planStudy } from './plan-study.ts';
import { runStudy } from './run-study.ts';
import { parseStudy, type Study } from './study-recipe.ts';
import { tryJobs } from './try-jobs.ts';

const EMPTY_BAND = { kind: 'absolute', low: 0.9, high: 1 };

function studyOf(controls: object, base: object = {}): Study {
  return parseStudy(
    {
      name: 'tried',
      seeds: [0, 1],
      base: { source: { contextLength: 64, world: { kind: 'nca' } }, text: {}, ...base },
      sources: { nca: {}, ...controls },
      arms: {
        scratch: {},
        ...Object.fromEntries(['nca', ...Object.keys(controls)].map((from) => [from, { from }])),
      },
    },
    'tried',
  );
}

test('controls of few colors need no band of their own', async () => {
  const of = { colors: 3, grid: 8 };
  const study = studyOf({
    shuffled: { source: { world: { kind: 'shuffled', of } } },
    iid: { source: { world: { kind: 'iid', of, sampleSequences: 4 } } },
  });
  await expect(tryJobs(planStudy(study, 'out'))).resolves.toBeUndefined();
});

test('a source that cannot be drawn from is named before any run has begun', async () => {
  const study = studyOf({
    shuffled: { source: { world: { kind: 'shuffled', of: { band: EMPTY_BAND } } } },
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'primordia-test-'));
  const directory = path.join(folder, 'out');
  try {
    await expect(runStudy(study, { directory })).rejects.toThrow(
      /^source 'shuffled': nca: the band is empty/,
    );
    expect(existsSync(directory)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  [
    'a data set that is not there',
    { nope: { source: { world: { kind: 'dataset', path: 'nope' } } } },
  ],
  ['heads that do not divide', { nope: { model: { hiddenSize: 30, heads: 4 } } }],
])('%s is found', async (_, controls) => {
  await expect(tryJobs(planStudy(studyOf(controls), 'out'))).rejects.toThrow(/^source 'nope': /);
});

test('an arm whose model cannot be built is named', async () => {
  const study = { ...studyOf({}), arms: { scratch: {}, wide: { model: { heads: 7 } } } };
  await expect(tryJobs(planStudy(study, 'out'))).rejects.toThrow(/^arm 'wide': model: hiddenSize/);
});

test.each([
  [
    'is too large',
    { model: { hiddenSize: 65536, layers: 64, heads: 64 } },
    /^arm 'odd': model: .* takes /,
  ],
  ['cannot take what it begins with', { model: { hiddenSize: 96 } }, /^arm 'odd': transfer: /],
  ['has no text', { text: { corpus: { files: ['no-such.txt'] } } }, /^arm 'odd': .*no-such\.txt/],
  [
    'has a pattern of no text',
    { text: { corpus: { files: ['no-*.txt'] } } },
    /^arm 'odd': no file matches/,
  ],
])('an arm that %s is named before any run has begun', async (_, changes, expected) => {
  const study = studyOf({});
  const jobs = planStudy(
    { ...study, arms: { ...study.arms, odd: { from: 'nca', ...changes } } },
    'out',
  );
  await expect(tryJobs(jobs)).rejects.toThrow(expected);
});

test('text that is prepared needs its files no more', async () => {
  const study = studyOf({}, { text: { corpus: { files: ['no-such.txt'] } } });
  await expect(tryJobs(planStudy(study, 'out'), () => true)).resolves.toBeUndefined();
});
