import { describe, expect, test } from 'vitest';
import { createFakeExperiment } from '../../test/support/fake-experiment.ts';
import { listCellRuns } from './list-runs.ts';
import { parseStudy } from './parse-study.ts';
import { requireSameData } from './require-same-data.ts';

const of = (kind: string) => ({ stages: { text: { data: { kind } } } });

const INPUT = {
  name: 's',
  seeds: [0, 1],
  base: { data: { kind: 'copy' }, stages: { source: {}, text: {} } },
  axes: {
    arm: { scratch: { stages: { source: null } }, nca: {} },
    task: { copy: {}, parity: of('parity') },
  },
  baseline: { arm: 'scratch' },
};

function check(changes: object): void {
  const study = parseStudy({ ...INPUT, ...changes }, 's');
  requireSameData(
    study,
    listCellRuns(study, () => null, createFakeExperiment().parse),
  );
}

describe('requireSameData', () => {
  const arms = { arm: { ...INPUT.axes.arm, other: of('parity') } };

  test('takes cells of other data that are not compared', () => {
    expect(() => check({})).not.toThrow();
  });

  test.each<[string, object, string]>([
    [
      'a baseline',
      { axes: arms, baseline: 'scratch' },
      's: other is measured on parity, and scratch, which it is compared with, on copy',
    ],
    [
      'a control',
      { contrasts: [{ axis: 'task', treatment: 'parity', control: 'copy' }] },
      's: scratch parity is measured on parity, and scratch copy, which it is compared with, on copy',
    ],
  ])('refuses %s that is measured on other data', (_, changes, message) => {
    expect(() => check(changes)).toThrow(message);
  });

  test.each<[string, object]>([
    ['where the measured stage has the same', { name: 'loss', stage: 'source' }],
    ['in bits per byte', { name: 'bitsPerByte' }],
  ])('takes them %s', (_, metric) => {
    expect(() => check({ axes: arms, baseline: 'scratch', metric })).not.toThrow();
  });
});
