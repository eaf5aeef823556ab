// What a study takes from its tuning runs, finished or not.

import { describe, expect, test } from 'vitest';
import type { RecurrentSummary } from '../summary.ts';
import { chooseRates, planChosen } from './choose-rates.ts';
import type { Outcome, RecurrentJob } from './plan-study.ts';
import { parseRecurrentStudy } from './study-recipe.ts';
import { summarizeRecurrentStudy } from './summarize-study.ts';

const study = parseRecurrentStudy(
  {
    kind: 'recurrent-study',
    name: 's',
    seeds: [0, 1, 2],
    base: { smt: { steps: 4 } },
    tasks: { copy: { task: { kind: 'copy' } } },
    lengths: { 4: {} },
    algorithms: { smt: {}, bptt: { smt: null, bptt: {} } },
    tuning: { algorithms: ['bptt'], learningRates: [0.1, 0.2], seeds: [8, 9] },
  },
  's',
);

const outcome = (loss: number, accuracy = 0.5): Outcome => ({
  summary: {
    stages: [],
    seconds: 1,
    baselines: { unigramAccuracy: 0.25, bigramAccuracy: 0.125 },
    rollout: { loss, accuracy },
  } as unknown as RecurrentSummary,
});

/** Losses by rate and seed; `x` for a run that diverged, nothing for one that has not been run. */
const reader = (losses: Record<string, number | 'x'>) => (job: RecurrentJob) => {
  const found = losses[`${job.tried} ${job.seed}`];
  return found === undefined ? null : found === 'x' ? { diverged: 'it did' } : outcome(found);
};

describe('the rate of a tuned task', () => {
  test('is that of the lowest mean loss over the tuning seeds', () => {
    const read = reader({ '0.1 8': 1, '0.1 9': 3, '0.2 8': 2.5, '0.2 9': 0.5 });
    const [tuned] = chooseRates(study, read);
    expect(tuned).toMatchObject({ task: 'copy', length: 4, algorithm: 'bptt', chosen: 0.2 });
    expect(tuned!.tried).toEqual([
      { rate: 0.1, loss: 2, state: 'done' },
      { rate: 0.2, loss: 1.5, state: 'done' },
    ]);
    const rates = planChosen(study, [tuned!]).map(
      ({ recipe }) => (recipe.bptt ?? recipe.smt)!.optimizer.learningRate,
    );
    // The other algorithm keeps the recipe's.
    expect(new Set(rates)).toEqual(new Set([0.2, 1e-3]));
  });

  test('is none that diverged under one seed', () => {
    const [tuned] = chooseRates(
      study,
      reader({ '0.1 8': 9, '0.1 9': 9, '0.2 8': 'x', '0.2 9': 1 }),
    );
    expect(tuned!.chosen).toBe(0.1);
    expect(tuned!.tried[1]).toEqual({ rate: 0.2, loss: null, state: 'diverged' });
  });

  test('is not chosen before all are tried, nor where all diverged', () => {
    expect(chooseRates(study, reader({ '0.1 8': 1, '0.1 9': 1, '0.2 8': 1 }))[0]).toMatchObject({
      chosen: null,
      tried: [{ state: 'done' }, { state: 'open', loss: null }],
    });
    expect(chooseRates(study, reader({ '0.1 8': 'x', '0.2 9': 'x' }))[0]!.chosen).toBeNull();
  });
});

describe('a study is summed up', () => {
  const runs = planChosen(study, []);
  const accuracies: Record<string, readonly (number | 'x')[]> = {
    smt: [0.9, 0.8, 0.7],
    bptt: [0.5, 0.6, 'x'],
  };
  const read = ({ algorithm, seed }: RecurrentJob): Outcome => {
    const found = accuracies[algorithm]![seed]!;
    return found === 'x' ? { diverged: 'it did' } : outcome(1, found);
  };

  test('in pairs of one seed; a run that diverged is named and in no mean', () => {
    const { cells, runs: counts } = summarizeRecurrentStudy(study, runs, [], read);
    expect(counts).toEqual({ finished: 5, diverged: 1, total: 6 });
    const [smt, bptt] = cells;
    expect(smt!.alone!.values).toEqual([0.9, 0.8, 0.7]);
    expect(smt!.alone!.mean).toBeCloseTo(0.8);
    // Student's t of 0.975 with two degrees is 4.303; the standard error is 0.1 / sqrt(3).
    expect(smt!.alone!.interval![1] - 0.8).toBeCloseTo((4.303 * 0.1) / Math.sqrt(3), 3);
    expect(bptt).toMatchObject({ seeds: [0, 1], diverged: [2], difference: null });
    expect(smt!.difference!.values.map((x) => x.toFixed(3))).toEqual(['0.400', '0.200']);
    // Two pairs: t = 0.3 / 0.1 with one degree, two-sided.
    expect(smt!.difference!.adjustedP).toBeCloseTo(0.205, 2);
    expect(smt!.chance).toBe(0.25);
  });

  test('with nothing run, as nothing', () => {
    const { cells, runs: counts } = summarizeRecurrentStudy(study, runs, [], () => null);
    expect(counts.finished).toBe(0);
    expect(cells[0]).toMatchObject({ alone: null, difference: null, chance: null, seeds: [] });
  });
});
