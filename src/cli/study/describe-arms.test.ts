// What a study of one seed says of its arms.

import { expect, test } from 'vitest';
import { gateResult } from '../../../test/support/gate-result.ts';
import type { StudyReportData } from '../../report/index.ts';
import { describeArms, describeSources } from './describe-arms.ts';

const result = { mean: 2, interval: null, spread: null, values: [2] };
const arm = (name: string, mean: number | null) => ({
  name,
  members: { arm: name },
  result,
  excluded: false,
  difference: mean === null ? null : { ...result, mean, p: null, adjustedP: null },
});

/** The parts of a report's data that count here. */
function reportOf(changes: object = {}): StudyReportData {
  const source = { name: 'source', seed: 0, tokens: 300_000, gate: gateResult() };
  return {
    sources: [
      { ...source, cells: ['nca'], gate: gateResult({ verdict: 'statistics' }) },
      { ...source, cells: ['shipped'], shipped: true, tokens: 11_400_000 },
    ],
    summary: {
      seeds: [0],
      baseline: { arm: 'scratch' },
      contrasts: [],
      metric: { name: 'loss', better: 'lower', stage: null },
      cells: [arm('nca', -0.0134), arm('shipped', 0.3638), arm('scratch', null)],
      ...changes,
    },
  } as unknown as StudyReportData;
}

test('sources with their gates, and how arms end beside scratch', () => {
  const sources = describeSources(reportOf());
  expect(sources[0]).toBe('source   nca, trained here on 0.3 M tokens');
  expect(sources[1]).toMatch(/^gate {5}statistics: /);
  expect(sources).toContain('source   shipped, comes with the package, trained on 11.4 M tokens');
  expect(describeArms(reportOf())).toMatch(
    /^The arm nca, whose source has learned statistics of its world, not its dynamics, does better than scratch: its held-out loss ends 0\.013 nats per token lower\. The arm shipped, whose source has learned the dynamics of its world, does worse than scratch: .* 0\.364 nats per token higher\. One seed at this size/,
  );
  const level = reportOf({ cells: [arm('nca', 0.0004), arm('scratch', null)] });
  expect(describeArms(level)).toContain('of its world, not its dynamics, ends level with scratch.');
  const out = { ...arm('nca', null), result: null, excluded: true };
  const cells = [out, arm('shipped', 0.1), arm('scratch', null)];
  expect(describeArms(reportOf({ cells }))).toContain('The arm nca was left out: its source');
});

test('nothing of what has intervals, controls or another number', () => {
  expect(describeSources(reportOf({ seeds: [0, 1] }))).toEqual([]);
  for (const changes of [
    { seeds: [0, 1] },
    { contrasts: [{}] },
    { metric: { name: 'bitsPerByte', better: 'lower', stage: null } },
  ]) {
    expect(describeArms(reportOf(changes))).toBeNull();
  }
});
