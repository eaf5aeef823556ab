// The pages of recurrent networks and of their studies say what the figures say.

import { describe, expect, test } from 'vitest';
import type { RecurrentStudySummary, RecurrentSummary, StudyCell } from '../recurrent/index.ts';
import { buildRecurrentReport } from './recurrent-report.ts';
import { buildRecurrentStudyReport } from './recurrent-study-report.ts';

const provenance = { command: 'primordia study s', recipe: {}, provenance: {} };
const estimate = (mean: number, half = 0.01) => ({
  mean,
  interval: [mean - half, mean + half] as const,
  values: [mean - half, mean + half],
});

const cell = (algorithm: string, length: number, changes: Partial<StudyCell> = {}): StudyCell => ({
  ...{ task: 'copy', length, algorithm, seeds: [0, 1], diverged: [] },
  ...{ alone: estimate(0.7), loss: estimate(1), beforeDmt: null, teacher: null, chance: 0.125 },
  stages: [{ stage: 'bptt', stepMs: 10, depth: 100 * length, parameters: 50 }],
  curve: [{ step: 0, seconds: 0, depth: 0, accuracy: 0.1, loss: 2 }],
  ...{ gradients: null, drift: [], difference: null, learningRate: 0.003 },
  ...changes,
});

const study = (cells: StudyCell[], changes: Partial<RecurrentStudySummary> = {}) =>
  buildRecurrentStudyReport({
    ...provenance,
    summary: {
      ...{ kind: 'recurrent-study', name: 's', description: 'd', baseline: 'bptt', seeds: [0, 1] },
      ...{ cells, tuning: [], runs: { finished: 4, diverged: 0, total: 4 }, seconds: 9 },
      ...changes,
    },
  });

describe('the page of a study', () => {
  test('names what is ahead and what is behind beyond chance, and nothing else', () => {
    const html = study([
      cell('smt', 8, { difference: { ...estimate(-0.2), adjustedP: 0.001 } }),
      cell('smt', 16, { difference: { ...estimate(0.3), adjustedP: 0.02 } }),
      cell('smt', 32, { difference: { ...estimate(0.4), adjustedP: 0.2 } }),
      ...[8, 16, 32].map((length) => cell('bptt', length)),
    ]);
    expect(html).toContain('Against bptt: ahead in 1, behind in 1 of 3 pairs of task and length');
    expect(html).toContain('copy over 16 tokens, smt: +30.0 points (+29.0 to +31.0)');
    expect(html).toContain('copy over 8 tokens, smt: −20.0 points');
    expect(html).not.toContain('copy over 32 tokens, smt:');
    expect(html).toContain('1 of 3 comparisons show no difference at these seeds');
  });

  test('says that it is unfinished, which runs diverged, and which rates are still to be tried', () => {
    const tried = [
      { rate: 0.1, loss: 1.5, state: 'done' },
      { rate: 0.2, loss: null, state: 'diverged' },
      { rate: 0.3, loss: null, state: 'open' },
    ] as const;
    const html = study(
      [
        cell('smt', 8, { difference: { ...estimate(0), adjustedP: 0.9 } }),
        cell('bptt', 8, { seeds: [0], diverged: [1] }),
      ],
      {
        runs: { finished: 3, diverged: 1, total: 8 },
        tuning: [{ task: 'copy', length: 8, algorithm: 'bptt', tried, chosen: null }],
      },
    );
    expect(html).toContain('Unfinished, 4 of 8 runs.');
    expect(html).toContain('1, 1 diverged');
    expect(html).toMatch(/1\.500<\/td><td[^>]*>diverged<\/td><td[^>]*>–<\/td>/);
    expect(html).toContain('Rates of the recipe: smt.');
  });
});

describe('the page of a run', () => {
  const page = (loss: number[], counting: number[]) =>
    buildRecurrentReport({
      ...provenance,
      ...{ description: 'd', task: 'copy', model: 'gru', parts: [], ranks: [], sample: null },
      summary: {
        ...{ kind: 'recurrent', name: 'r', seed: 0, stages: [], seconds: 9 },
        baselines: {
          ...{ unigramLoss: 2, unigramAccuracy: 0.2, bigramLoss: 1, bigramAccuracy: 0.4 },
          lossBySequence: counting,
        },
        rollout: {
          ...{ length: 20, sequences: 3, loss: 0.9, accuracy: 0.5, lossBySequence: loss },
          ...{ lossByPosition: [1, 0.8], slopeFrom: 10, slope: 0.002 },
          slopeInterval: [0.001, 0.003],
        },
      } satisfies RecurrentSummary,
    });

  test('says that something was learnt only where it is beyond chance, in pairs', () => {
    expect(page([0.5, 0.6, 0.7], [1, 1.1, 1.2])).toContain('On its own over 20 tokens');
    const noise = page([0.5, 1.4, 0.8], [1, 1.1, 0.9]);
    expect(noise).toContain('it has learnt no more than counting gives');
    expect(noise).toContain('class="banner bad"');
  });

  test('tells a rise of the loss along the rollout', () => {
    expect(page([0.5, 0.6, 0.7], [1, 1.1, 1.2])).toContain(
      'From 10 tokens on the loss changes by +2.00 nats per thousand tokens (95 %: +1.00 to +3.00): it rises.',
    );
  });
});
