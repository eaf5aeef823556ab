import { expect, test } from 'vitest';
import type { StudyArm, StudySummary } from '../run/index.ts';
import { describeStudy } from './describe-study.ts';

const BARE: StudyArm = {
  name: 'scratch',
  from: null,
  sourceTokens: 0,
  gate: 'none',
  excluded: false,
  runs: [],
  loss: 2.05,
  spread: 0.02,
  bitsPerByte: 2.9,
  difference: null,
  speedUp: null,
  speedUpWithSource: null,
  gap: [],
};
const difference = {
  mean: -0.0271,
  interval: [-0.0521, -0.0021],
  pairs: 5,
  p: 0.01,
  adjustedP: 0.0204,
} as const;

const summary: StudySummary = {
  name: 's',
  description: '',
  baseline: 'scratch',
  seeds: [0, 1, 2, 3, 4],
  corpora: [
    {
      name: 'code',
      arms: [
        BARE,
        {
          ...BARE,
          name: 'nca-query-key1',
          from: 'nca',
          gate: 'dynamics',
          difference,
          speedUp: { mean: 1.312, interval: null, pairs: 5 },
          speedUpWithSource: { mean: 0.481, interval: null, pairs: 5 },
        },
        { ...BARE, name: 'dyck', from: 'dyck', gate: 'statistics', excluded: true, loss: null },
        { ...BARE, name: 'shuffled', from: 'shuffled', gate: 'statistics' },
      ],
    },
  ],
  contrasts: [
    {
      corpus: 'code',
      arm: 'nca-query-key1',
      against: 'shuffled',
      difference: { ...difference, mean: 0.5, interval: null, adjustedP: 0.0001 },
    },
  ],
  comparisons: 2,
  sources: [],
  runs: { finished: 15, total: 15 },
  seconds: 75,
};

test('a table a corpus, within 80 columns', () => {
  const text = describeStudy(summary, 'runs/s/report.html');
  const lines = text.split('\n');
  expect(lines.slice(1, 8).map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
    'code: 5 paired seeds, final held-out loss in nats per token',
    '',
    'arm gate loss to scratch ± 95 % adj. p speed-up +source',
    'scratch – 2.0500 – – – –',
    'nca-query-key1 dynamics 2.0500 -0.0271 ± 0.0250 0.020 1.31× 0.48×',
    'dyck OUT – – – – –',
    'shuffled statistics 2.0500 – – – –',
  ]);
  expect(text).toMatch(/nca-query-key1 minus shuffled +\+0\.5000 +<0\.001/);
  expect(text).toContain('Holm for all 2 comparisons');
  expect(text).toContain('OUT: a source has learned less than requireGate asks for');
  expect(text).toContain('gate: the least that its sources have learned');
  expect(text).toContain('report   runs/s/report.html\ntime     1m15s of runs');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('explains only what is there', () => {
  const plain = { ...summary, contrasts: [], corpora: [{ name: 'code', arms: [BARE] }] };
  const text = describeStudy(plain, 'r');
  expect(text).not.toMatch(/OUT|gate:|\+source:|contrast/);
});
