// Studies as their report has them: cells, contrasts, sources, with numbers that a test changes.

import type { StudyReportData, StudySource } from '../../src/report/study-data.ts';
import type { Estimate } from '../../src/study/compare-runs.ts';
import type {
  CellMean,
  Difference,
  StudyCell,
  StudyContrast,
  StudySummary,
} from '../../src/study/index.ts';
import { gateResult } from './gate-result.ts';

export const estimate = (mean: number, half = 0.01): Estimate => ({
  mean,
  interval: [mean - half, mean + half],
  values: [mean - half, mean + half],
  spread: half * Math.SQRT2,
});

export const cellMean = (mean: number, half?: number): CellMean => ({
  ...estimate(mean, half),
  of: 2,
});

export const difference = (low: number, high: number, adjustedP: number): Difference => ({
  ...estimate((low + high) / 2, (high - low) / 2),
  familyInterval: [low, high],
  p: adjustedP / 2,
  adjustedP,
});

export const NOTHING = {
  difference: null,
  speedUp: null,
  speedUpWithSource: null,
  gap: [],
} as const;

export function cell(members: Record<string, string>, changes: Partial<StudyCell> = {}): StudyCell {
  return {
    name: Object.values(members).join(' '),
    members,
    seeds: [0, 1],
    diverged: [],
    result: cellMean(2.005),
    loss: cellMean(2.005),
    bitsPerByte: null,
    rollout: null,
    difference: difference(-0.05, 0.01, 0.4),
    speedUp: estimate(1.25),
    tuned: null,
    speedUpWithSource: estimate(0.5),
    from: 'nca',
    sourceTokens: 100,
    gate: 'dynamics',
    excluded: false,
    chance: null,
    stages: [],
    curve: [],
    gap: [0, 500, 1000].map((tokens) => ({ tokens, ...estimate(-0.02) })),
    values: (changes.result ?? estimate(2.005)).values,
    ...changes,
  };
}

export const arm = (name: string, changes: Partial<StudyCell> = {}) => cell({ arm: name }, changes);

export const SCRATCH = arm('scratch', { ...NOTHING, from: null, gate: 'none' });
export const FAILED = arm('dyck', {
  ...NOTHING,
  gate: 'statistics',
  excluded: true,
  result: null,
  loss: null,
});
export const BETTER = arm('keys', { difference: difference(-0.05, -0.01, 0.2) });
export const STANDS = arm('low', { difference: difference(-0.05, -0.04, 0.01) });
export const WORSE = arm('all', { difference: difference(0.01, 0.05, 0.03) });
export const NULL = arm('nca');

export function source(cells: string[], failed: boolean): StudySource {
  const gate = gateResult({
    loss: 3.4,
    verdict: failed ? 'statistics' : 'dynamics',
    margin: { mean: 0.0123, interval: [0.0083, 0.0163] },
    reasons: ['It is NOT below.'],
  });
  return { name: 'source', seed: 1, tokens: 4_096_000, gate, cells };
}

export const contrast = (
  treatment: string,
  control: string,
  found: Difference | null,
): StudyContrast => ({
  axis: 'arm',
  treatment,
  control,
  members: {},
  difference: found,
});

export function study(
  arms: StudyCell[],
  changes: Partial<StudySummary> = {},
  sources: StudySource[] = [],
): StudyReportData {
  const cells = [SCRATCH, ...arms];
  return {
    summary: {
      kind: 'study',
      name: 'controls',
      description: '',
      seeds: [0, 1],
      cells,
      axes: [{ name: 'arm', members: cells.map(({ members }) => members.arm!) }],
      baseline: { arm: 'scratch' },
      metric: { name: 'loss', better: 'lower', stage: null },
      requireGate: 'dynamics',
      contrasts: [],
      tuning: [],
      verdicts: [],
      seconds: 100,
      comparisons: arms.filter((entry) => entry.difference !== null).length,
      runs: { finished: 8, diverged: 0, total: 8 },
      ...changes,
    },
    metric: { unit: 'nats per target', title: 'final held-out loss', description: '' },
    measures: {},
    sources,
    recipe: { name: 'controls' },
    provenance: { commit: 'abc' },
    command: 'primordia study controls',
  };
}
