// Tables of a study, for axes of any kind.

import { expect, test } from 'vitest';
import type { StudyCell, StudySummary } from '../../study/index.ts';
import { describeStudy } from './describe-study.ts';

const estimate = (mean: number, half: number | null = null) => ({
  mean,
  interval: half === null ? null : ([mean - half, mean + half] as const),
  spread: null,
  values: [mean],
});
const cellMean = (mean: number, of = 1) => ({ ...estimate(mean), of });
const difference = (mean: number, half: number | null, adjustedP: number) => ({
  ...estimate(mean, half),
  familyInterval: null,
  p: 0.01,
  adjustedP,
});

function cell(members: Record<string, string>, changes: Partial<StudyCell> = {}): StudyCell {
  return {
    name: Object.values(members).join(' '),
    members,
    seeds: [0, 1],
    diverged: [],
    values: [2, 2.1],
    result: cellMean(2.05),
    loss: null,
    bitsPerByte: null,
    rollout: null,
    difference: null,
    speedUp: null,
    speedUpWithSource: null,
    gap: [],
    from: null,
    sourceTokens: 0,
    gate: 'none',
    excluded: false,
    chance: null,
    stages: [],
    curve: [],
    tuned: null,
    ...changes,
  };
}

function summary(changes: Partial<StudySummary>): StudySummary {
  return {
    kind: 'study',
    name: 's',
    description: '',
    seeds: [0, 1, 2, 3, 4],
    axes: [],
    baseline: { arm: 'scratch' },
    metric: { name: 'loss', better: 'lower', stage: null },
    requireGate: null,
    cells: [],
    contrasts: [],
    comparisons: 2,
    tuning: [],
    seconds: 75,
    verdicts: ['nca lowers held-out loss.'],
    runs: { finished: 15, diverged: 0, total: 15 },
    ...changes,
  };
}

const squeeze = (text: string) => text.split('\n').map((line) => line.replaceAll(/ +/g, ' '));

test('transfers: a table for each corpus, within 80 columns', () => {
  const text = describeStudy(
    summary({
      axes: [
        { name: 'corpus', members: ['code', 'web'] },
        { name: 'arm', members: ['scratch', 'nca-query-key1', 'dyck'] },
      ],
      cells: [
        cell({ corpus: 'code', arm: 'scratch' }),
        cell(
          { corpus: 'code', arm: 'nca-query-key1' },
          {
            from: 'source',
            gate: 'dynamics',
            speedUp: estimate(1.312),
            difference: difference(-0.0271, 0.025, 0.0204),
            speedUpWithSource: estimate(0.481),
          },
        ),
        cell(
          { corpus: 'code', arm: 'dyck' },
          { from: 'source', gate: 'statistics', excluded: true, result: null },
        ),
        cell({ corpus: 'web', arm: 'scratch' }),
      ],
      contrasts: [
        {
          axis: 'arm',
          treatment: 'nca-query-key1',
          control: 'dyck',
          members: { corpus: 'code' },
          difference: difference(0.5, null, 0.0001),
        },
      ],
    }),
  );
  expect(squeeze(text).slice(1, 8)).toEqual([
    'corpus code:',
    'final held-out loss in nats per target, mean of 5 paired seeds',
    '',
    'arm gate result to scratch ± 95 % adj. p speed-up +source',
    'scratch – 2.0500 – – – –',
    'nca-query-key1 dynamics 2.0500 -0.0271 ± 0.0250 0.020 1.31× 0.48×',
    'dyck OUT – – – – –',
  ]);
  expect(text).toContain('corpus web:');
  expect(text).toMatch(/code nca-query-key1 minus dyck +\+0\.5000 +<0\.001/);
  expect(text).toContain('\nnca lowers held-out loss.\n');
  expect(text).toContain('Lower is better.');
  expect(text).toContain('Holm for all 2 comparisons');
  expect(text).toContain('OUT: it has learned less than is required');
  const tables = text.split('\n').filter((line) => / {2}/.test(line));
  expect(Math.max(...tables.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('algorithms: a table for each task, lengths as a column, with chance', () => {
  const at = (task: string, length: string, algorithm: string, changes: Partial<StudyCell> = {}) =>
    cell({ task, length, algorithm }, { chance: 0.125, result: cellMean(0.75), ...changes });
  const text = describeStudy(
    summary({
      axes: [
        { name: 'task', members: ['copy', 'stack'] },
        { name: 'length', members: ['8', '16'] },
        { name: 'algorithm', members: ['smt', 'bptt'] },
      ],
      baseline: { algorithm: 'bptt' },
      metric: { name: 'rollout.accuracy', better: 'higher', stage: null },
      cells: [
        // DMT begins with what SMT has trained, which is a part of the algorithm.
        at('copy', '8', 'smt', { difference: difference(0.0312, 0.01, 0.6), from: 'smt' }),
        at('copy', '8', 'bptt', { diverged: [{ seed: 3, message: "stage 'bptt' diverged" }] }),
        at('stack', '16', 'smt'),
      ],
      tuning: [
        {
          cell: 'copy 8 bptt',
          key: 'stages.bptt.optimizer.learningRate',
          chosen: 0.003,
          tried: [
            { value: 0.003, result: 1, state: 'done' },
            { value: 0.1, result: null, state: 'diverged' },
          ],
        },
      ],
      runs: { finished: 9, diverged: 1, total: 15 },
    }),
  );
  expect(squeeze(text).slice(1, 7)).toEqual([
    'task copy:',
    'share of targets that the finished model, free-running, gets right, mean of 5 paired seeds',
    '',
    'algorithm length result chance to bptt ± 95 % adj. p',
    'smt 8 0.7500 0.1250 +0.0312 ± 0.0100 0.600',
    'bptt 8 0.7500 0.1250 – –',
  ]);
  expect(text).toContain('Unfinished: 9 of 15 runs are done.');
  expect(text).toContain(
    "copy 8 bptt diverged under seed 3: left out of the means. stage 'bptt' diverged.",
  );
  expect(text).toContain('learningRate 0.003 (of 0.003, 0.1 diverged)');
  expect(text).toContain('Higher is better.');
});

test('of one seed no interval is spoken of', () => {
  const text = describeStudy(
    summary({
      seeds: [7],
      comparisons: 0,
      verdicts: ['One seed per cell: nothing is shown.'],
      axes: [{ name: 'arm', members: ['scratch', 'nca'] }],
      cells: [
        cell({ arm: 'scratch' }, { bitsPerByte: cellMean(3) }),
        cell(
          { arm: 'nca' },
          {
            from: 'a-folder',
            bitsPerByte: cellMean(3.5),
            difference: difference(0.1, null, 1),
          },
        ),
      ],
    }),
  );
  expect(squeeze(text).slice(1, 6)).toEqual([
    'final held-out loss in nats per target, seed 7',
    '',
    'arm result to scratch bits/byte speed-up +source',
    'scratch 2.0500 – 3.000 – –',
    'nca 2.0500 +0.1000 3.500 – –',
  ]);
  expect(text).toContain('One seed per cell');
  expect(text).not.toContain('±');
});

test('says how many seeds are in a mean, why there is no speed-up, and that no value holds', () => {
  const text = describeStudy(
    summary({
      axes: [{ name: 'arm', members: ['scratch', 'nca', 'dyck'] }],
      cells: [
        cell({ arm: 'scratch' }, { result: { ...cellMean(3.21, 3), values: [3.2, 3.22] } }),
        cell(
          { arm: 'nca' },
          {
            from: 'source',
            speedUp: { reason: 'at once', seeds: 3, of: 3 },
            speedUpWithSource: { reason: 'never', seeds: 1, of: 3 },
          },
        ),
      ],
      tuning: [
        {
          cell: 'dyck',
          key: 'rate',
          chosen: null,
          tried: [{ value: 1, result: null, state: 'diverged' }],
        },
      ],
    }),
  );
  const lines = squeeze(text);
  expect(lines).toContain('scratch 3.2100 (2 of 3 seeds) – – – –');
  expect(lines).toContain('nca 2.0500 – – at once not reached (1 of 3 seeds)');
  expect(lines).toContain('at once: the cell starts below the final loss of scratch.');
  expect(lines).toContain('not reached: the cell does not reach the final loss of scratch.');
  expect(text).toContain('dyck: rate undecided: training diverged at every value');
});
