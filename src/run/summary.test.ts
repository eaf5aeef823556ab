import { describe, expect, test } from 'vitest';
import { type ArmSummary, describeEvidence, metricCurve } from './summary.ts';

test('metricCurve takes one metric of one stage, in order', () => {
  const rows = [
    { stage: 'source', step: 0, tokens: 0, heldOutLoss: 9 },
    { stage: 'text', step: 0, tokens: 0, heldOutLoss: 5 },
    { stage: 'text', step: 1, tokens: 10, loss: 4 },
    { stage: 'text', step: 1, tokens: 10, heldOutLoss: 3 },
    { stage: 'text', step: 2, tokens: 20, heldOutLoss: null },
  ];
  expect(metricCurve(rows, 'text', 'heldOutLoss')).toEqual([
    [0, 5],
    [10, 3],
  ]);
  expect(metricCurve(rows, 'text', 'loss')).toEqual([[10, 4]]);
  expect(metricCurve(rows, 'source', 'loss')).toEqual([]);
});

describe('describeEvidence', () => {
  const arm = (name: string, seed = 0, textLoss: number | null = 2): ArmSummary => ({
    name,
    seed,
    textLoss,
    bitsPerByte: null,
    curve: [],
  });

  test('says nothing where nothing is compared', () => {
    expect(describeEvidence([])).toBeNull();
    expect(describeEvidence([arm('nca')])).toBeNull();
    expect(describeEvidence([arm('nca'), arm('nca', 1)])).toBeNull();
    expect(describeEvidence([arm('nca'), arm('scratch', 0, null)])).toBeNull();
  });

  test('warns of one seed, and counts several', () => {
    expect(describeEvidence([arm('nca'), arm('scratch')])).toMatch(/^One seed .* cannot show/);
    const seeds = [0, 1, 2].flatMap((seed) => [arm('nca', seed), arm('scratch', seed)]);
    expect(describeEvidence(seeds)).toMatch(/^3 paired seeds/);
  });
});
