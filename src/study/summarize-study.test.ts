// The numbers of a study, from what its runs have found.

import { describe, expect, test } from 'vitest';
import { createFakeExperiment } from '../../test/support/fake-experiment.ts';
import { gateResult } from '../../test/support/gate-result.ts';
import type { RunSummary, StageSummary } from '../run/experiment.ts';
import { chooseValues } from './choose-values.ts';
import type { Estimate, SpeedUp } from './compare-runs.ts';
import { refuseSuperseded } from './judge-source.ts';
import { listCellRuns, listTuningRuns, type StudyRun } from './list-runs.ts';
import { joinOutcomes, type Outcome } from './outcome.ts';
import { parseStudy } from './parse-study.ts';
import { planJobs } from './plan.ts';
import type { Study, StudyInput } from './study-schema.ts';
import { type StudySummary, summarizeStudy } from './summarize-study.ts';

const { parse } = createFakeExperiment();

const INPUT: StudyInput = {
  name: 's',
  seeds: [0, 1, 2],
  base: { stages: { text: {} } },
  axes: { arm: { scratch: {}, nca: {}, keys: {}, iid: {} } },
  baseline: 'scratch',
  contrasts: [
    ['nca', 'keys'],
    ['nca', 'iid'],
  ],
};

const near = (value: number) => expect.closeTo(value, 10);

/** A stage whose loss falls from `loss + 1` to `loss` in a straight line over 200 tokens. */
function stage(name: string, loss: number, changes: Partial<StageSummary> = {}): StageSummary {
  return {
    name,
    algorithm: 'next-token',
    data: 'text',
    steps: 2,
    tokens: 200,
    parameters: 9,
    depth: 3,
    stepMs: 2,
    loss,
    bitsPerByte: 2,
    measures: { accuracy: loss / 10 },
    curve: [0, 1, 2].map((step) => ({
      step,
      tokens: 100 * step,
      totalSteps: step,
      seconds: step,
      depth: 3 * step,
      loss: loss + 1 - step / 2,
      measures: { accuracy: loss / 10 },
    })),
    gradients: null,
    drift: null,
    gate: null,
    start: null,
    refused: false,
    ...changes,
  };
}

function summaryOf(seed: number, ...stages: StageSummary[]): RunSummary {
  const rollout = { loss: stages.at(-1)!.loss!, accuracy: 0.5 };
  const baselines = { unigramAccuracy: 0.25, bigramAccuracy: 0.125 };
  return { seed, stages, baselines, rollout, seconds: 10 };
}

/** A run whose text stage begins with a source. */
function transferred(seed: number, loss: number, gate = gateResult()): RunSummary {
  const start = { from: 'source', tokens: null, shipped: null, gate: null };
  return summaryOf(seed, stage('source', 5, { tokens: 300, gate }), stage('text', loss, { start }));
}

function stateOf(study: Study, read: (run: StudyRun) => Outcome | null) {
  const runs = listCellRuns(study, () => null, parse);
  // Cells of one recipe are one job: outcomes are looked up by run.
  const plan = planJobs(runs, new Map(), parse);
  const byId = new Map(runs.map((run) => [run.id, read(run)]));
  const outcomeOf = ({ id }: Pick<StudyRun, 'id'>) => byId.get(id) ?? null;
  return { tuning: [], runs, tuned: [], plan, outcomeOf, outcomeOfJob: () => null };
}

function summarize(
  read: (arm: string, seed: number) => RunSummary | string | null,
  changes: object = {},
): StudySummary & { readonly arms: Record<string, StudySummary['cells'][number]> } {
  const study = parseStudy({ ...INPUT, ...changes }, 's');
  const state = stateOf(study, ({ cell, seed }) => {
    const found = read(cell.name, seed);
    if (typeof found === 'string') return { state: 'diverged', message: found };
    return found && { state: 'done', summary: found };
  });
  const summary = summarizeStudy(study, state);
  return { ...summary, arms: Object.fromEntries(summary.cells.map((cell) => [cell.name, cell])) };
}

/** Finished runs: nca a little below scratch, keys around it, iid far below. */
function everything(arm: string, seed: number): RunSummary {
  const base = 2 + seed / 10;
  if (arm === 'scratch') return summaryOf(seed, stage('text', base));
  if (arm === 'keys') return transferred(seed, base + [0.1, -0.1, 0][seed]!);
  if (arm === 'nca') return transferred(seed, base - [0.03, 0.02, 0.04][seed]!);
  const verdict = seed === 1 ? 'statistics' : 'dynamics';
  return transferred(seed, 1, gateResult({ verdict }));
}

describe('summarizeStudy', () => {
  test('compares with the baseline by seed', () => {
    const { arms, runs } = summarize(everything);
    expect(runs).toEqual({ finished: 12, diverged: 0, total: 12 });
    expect(arms.scratch).toMatchObject({
      from: null,
      gate: 'none',
      difference: null,
      speedUp: null,
      gap: [],
      chance: 0.25,
      result: { mean: near(2.1), spread: near(0.1) },
      bitsPerByte: { mean: 2 },
    });
    // Differences −.03, −.02, −.04: mean −.03, standard error .01 / √3, t(2) = 4.3027.
    const { difference } = arms.nca!;
    expect(difference!.mean).toBeCloseTo(-0.03, 10);
    expect(difference!.interval![0]).toBeCloseTo(-0.03 - (4.3027 * 0.01) / Math.sqrt(3), 5);
    expect(difference!.interval![1]).toBeCloseTo(-0.03 + (4.3027 * 0.01) / Math.sqrt(3), 5);
    // Differences .1, −.1, 0: their mean is zero.
    expect(arms.keys!.difference).toMatchObject({ mean: near(0), p: near(1), adjustedP: near(1) });
    expect(arms.nca!.gap.map(({ tokens, mean }) => [tokens, mean])).toEqual(
      [0, 100, 200].map((tokens) => [tokens, near(-0.03)]),
    );
  });

  test('adjusts p values for all comparisons there are', () => {
    const { arms, comparisons, contrasts } = summarize(everything, { requireGate: 'dynamics' });
    // nca and keys with scratch, nca with keys; none with iid, which has learned too little.
    expect(comparisons).toBe(3);
    // t = −3 √3 = −5.196 with 2 degrees: p = 1 − t / √(2 + t²).
    const p = 1 - Math.sqrt(27) / Math.sqrt(29);
    expect(arms.nca!.difference!.p).toBeCloseTo(p, 10);
    expect(arms.nca!.difference!.adjustedP).toBeCloseTo(3 * p, 10);
    expect(contrasts).toEqual([
      {
        axis: 'arm',
        treatment: 'nca',
        control: 'keys',
        members: {},
        // −.13, .08, −.04
        difference: expect.objectContaining({ mean: near(-0.03) }),
      },
      { axis: 'arm', treatment: 'nca', control: 'iid', members: {}, difference: null },
    ]);
  });

  test('measures the speed-up with and without the tokens of what a cell begins with', () => {
    const { arms } = summarize(everything);
    const { speedUp, speedUpWithSource, sourceTokens, from } = arms.nca!;
    const meanTimes = (found: SpeedUp | null) => (found as Estimate).mean;
    expect({ sourceTokens, from }).toEqual({ sourceTokens: 300, from: 'source' });
    // A loss of .02 to .04 less, at half a nat for 100 tokens, is there 4 to 8 tokens earlier.
    const tokens = [0.03, 0.02, 0.04].map((less) => 200 - 200 * less);
    const meanOf = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(meanTimes(speedUp)).toBeCloseTo(meanOf(tokens.map((at) => 200 / at)), 10);
    expect(meanTimes(speedUpWithSource)).toBeCloseTo(
      meanOf(tokens.map((at) => 200 / (at + 300))),
      10,
    );
    // One seed of keys never gets to the loss of scratch: no mean over the others stands for all.
    expect(arms.keys!.speedUp).toEqual({ reason: 'never', seeds: 1, of: 3 });
  });

  test('says where a cell begins below the final loss of the baseline', () => {
    const { arms } = summarize((arm, seed) =>
      arm === 'nca' ? transferred(seed, seed === 0 ? 0.9 : 2) : everything(arm, seed),
    );
    expect(arms.nca!.speedUp).toEqual({ reason: 'at once', seeds: 1, of: 3 });
    expect(arms.nca!.speedUpWithSource).toMatchObject({ values: { length: 3 } });
  });

  test('a mean is over the seeds that have a value, and says of how many', () => {
    const { arms } = summarize((arm, seed) => {
      if (arm === 'keys' && seed === 0) return 'it did';
      const loss = arm === 'nca' && seed === 1 ? null : 2 + seed;
      return summaryOf(seed, stage('text', 2, { loss }));
    });
    expect(arms.nca!.result).toMatchObject({ mean: near(3), values: [2, 4], of: 3 });
    expect(arms.nca!.difference!.values).toEqual([0, 0]);
    expect(arms.keys!.result).toMatchObject({ mean: near(3.5), of: 3 });
    expect(arms.scratch!.result).toMatchObject({ mean: near(3), of: 3 });
  });

  test('says the least that sources have learned, and leaves out who has learned too little', () => {
    const { arms } = summarize(everything, { requireGate: 'dynamics' });
    expect(arms.nca).toMatchObject({ gate: 'dynamics', excluded: false });
    expect(arms.iid).toMatchObject({
      gate: 'statistics',
      excluded: true,
      result: null,
      difference: null,
      speedUp: null,
      seeds: [0, 1, 2],
      values: [1, 1, 1],
    });
    const asked = summarize(everything).arms.iid!;
    expect(asked).toMatchObject({ gate: 'statistics', excluded: false, result: { mean: 1 } });
  });

  test('asks nothing of controls, and leaves out a stage that was refused', () => {
    const control = gateResult({ control: true, verdict: 'nothing' });
    const { arms } = summarize(
      (arm, seed) => {
        if (arm === 'keys') return transferred(seed, 2, control);
        if (arm !== 'iid') return everything(arm, seed);
        return summaryOf(seed, stage('source', 5), stage('text', 2, { loss: null, refused: true }));
      },
      { requireGate: 'dynamics' },
    );
    expect(arms.keys).toMatchObject({ gate: 'control', excluded: false });
    expect(arms.iid).toMatchObject({ excluded: true, result: null });
  });

  test('compares with no baseline that is left out', () => {
    const { arms } = summarize(
      (arm, seed) => (arm === 'scratch' ? everything('iid', seed) : everything(arm, seed)),
      { requireGate: 'dynamics' },
    );
    expect(arms.scratch!.excluded).toBe(true);
    expect(arms.nca).toMatchObject({ excluded: false, difference: null, speedUp: null });
  });

  test('says of a source with a gate of fewer predictors that it is not judged, and refuses a verdict of it', () => {
    const old = gateResult({ predictorsVersion: 1 });
    const read = (arm: string, seed: number) =>
      arm === 'nca' ? transferred(seed, 2, old) : everything(arm, seed);
    expect(summarize(read).arms.nca!.gate).toBe('not judged');
    const study = parseStudy({ ...INPUT, requireGate: 'dynamics' }, 's');
    const state = stateOf(study, ({ cell, seed }) => ({
      state: 'done',
      summary: read(cell.name, seed),
    }));
    expect(() => refuseSuperseded(study, state, 'runs/s')).toThrow(
      /^nca seed 0: the gate of what it begins with/,
    );
    expect(() => refuseSuperseded(parseStudy(INPUT, 's'), state, 'runs/s')).not.toThrow();
  });

  test('pairs seeds that both have, names those that diverged, and takes nothing for what is missing', () => {
    const { arms, runs } = summarize((arm, seed) => {
      if (arm === 'nca' && seed === 1) return 'it did';
      if (arm === 'iid' || (arm === 'scratch' && seed === 2)) return null;
      return everything(arm, seed);
    });
    expect(runs).toEqual({ finished: 7, diverged: 1, total: 12 });
    expect(arms.nca).toMatchObject({
      seeds: [0, 2],
      diverged: [{ seed: 1, message: 'it did' }],
      difference: { values: [near(-0.03)], interval: null, p: null, adjustedP: null },
    });
    expect(arms.iid).toMatchObject({ result: null, difference: null, chance: null, stages: [] });
  });

  test('with nothing run, is empty', () => {
    const { cells, comparisons } = summarize(() => null);
    expect(comparisons).toBe(0);
    expect(cells.every(({ result, curve }) => result === null && curve.length === 0)).toBe(true);
  });

  test.each([
    ['rollout.accuracy', 0.5],
    [{ name: 'measures.accuracy', better: 'higher' }, 0.21],
    [{ name: 'loss', stage: 'text' }, 2.1],
    ['bitsPerByte', 2],
  ])('compares %j', (metric, expected) => {
    const { arms } = summarize(everything, { metric });
    expect(arms.scratch!.result!.mean).toBeCloseTo(expected, 10);
  });

  test('compares in cells that are equal otherwise', () => {
    const axes = { task: { copy: {}, stack: {} }, arm: INPUT.axes.arm! };
    const { cells, contrasts } = summarize(
      (name, seed) => {
        const [task, arm] = name.split(' ') as [string, string];
        const summary = everything(arm, seed);
        const shift = task === 'stack' && arm === 'scratch' ? 1 : 0;
        const last = summary.stages.at(-1)!;
        return { ...summary, stages: [{ ...last, loss: last.loss! + shift }] };
      },
      { axes },
    );
    const differenceOf = (name: string) => cells.find((cell) => cell.name === name)!.difference;
    expect(differenceOf('copy nca')!.mean).toBeCloseTo(-0.03, 10);
    expect(differenceOf('stack nca')!.mean).toBeCloseTo(-1.03, 10);
    expect(differenceOf('stack scratch')).toBeNull();
    expect(contrasts.map(({ members, control }) => [members, control])).toEqual([
      [{ task: 'copy' }, 'keys'],
      [{ task: 'stack' }, 'keys'],
      [{ task: 'copy' }, 'iid'],
      [{ task: 'stack' }, 'iid'],
    ]);
  });

  test('says in a sentence what a treatment has over its controls, for every place', () => {
    const { verdicts } = summarize(everything);
    expect(verdicts).toEqual([
      'nca is not told apart from scratch in held-out loss (difference −0.030 nats per target, 95 % interval ' +
        '−0.087 to 0.027, 3 seeds, p = .11, both adjusted for 5 comparisons).',
    ]);
    const contrast = { treatment: 'nca', control: 'keys', cause: 'the dynamics' };
    const lower = (name: string, seed: number) => {
      const [task, arm] = name.split(' ') as [string, string];
      const by = arm === 'nca' ? 1 + seed / 100 : arm === 'keys' ? 1.001 + seed / 50 : 0;
      const base = 2 + seed / 10 + (task === 'stack' ? 1 : 0);
      return arm === 'iid' ? 'it did' : summaryOf(seed, stage('text', base - by));
    };
    const axes = { task: { copy: {}, stack: {} }, arm: INPUT.axes.arm! };
    const found = summarize(lower, { axes, contrasts: [contrast] }).verdicts;
    expect(found).toHaveLength(2);
    expect(found[1]).toMatch(
      /^task stack: nca lowers held-out loss by 1\.010 nats per target against scratch \(.*\), but its control keys does as well .*: the gain is not the dynamics’\.$/,
    );
  });

  test('without contrasts says how each cell does, and what is left out', () => {
    const { verdicts } = summarize(everything, { contrasts: [], requireGate: 'dynamics' });
    expect(verdicts.map((sentence) => sentence.split(' in held-out')[0])).toEqual([
      'nca is not told apart from scratch',
      'keys is not told apart from scratch',
      'iid and scratch are not compared, since requireGate leaves out one of them.',
    ]);
    const missing = summarize((arm, seed) => (seed === 0 ? everything(arm, seed) : null), {
      contrasts: [],
    });
    expect(missing.verdicts[0]).toBe(
      'nca and scratch have 1 seed with a value of both, and at least two are needed to compare them.',
    );
    const single = summarize(everything, { contrasts: [], seeds: [0] });
    expect(single.verdicts).toEqual([
      'One seed per cell: a difference has no interval, so nothing is shown.',
    ]);
    expect(single.arms.nca!.difference).toMatchObject({ mean: near(-0.03), interval: null });
  });

  test('compares with the control alone where the baseline is of another axis', () => {
    const axes = { model: { gru: {}, llama: {} }, source: { nca: {}, iid: {} } };
    const read = (name: string, seed: number) => {
      const gain = name === 'gru nca' ? 1 + seed / 100 : 0;
      return summaryOf(seed, stage('text', 3 - gain));
    };
    const changes = { axes, baseline: { model: 'llama' }, contrasts: [['nca', 'iid']] };
    expect(summarize(read, changes).verdicts).toEqual([
      expect.stringMatching(/^gru nca does better than its control gru iid in held-out loss \(/),
      expect.stringMatching(/^llama nca is not told apart from its control llama iid in held-out/),
    ]);
  });

  test('averages stages and curves over seeds', () => {
    const { stages, curve } = summarize(everything).arms.nca!;
    expect(stages.map(({ name, tokens, stepMs }) => [name, tokens, stepMs])).toEqual([
      ['source', 300, 2],
      ['text', 200, 2],
    ]);
    expect(stages[1]!.measures.accuracy).toBeCloseTo(0.207, 10);
    expect(curve.map((point) => point.stage)).toEqual([
      'source',
      'source',
      'source',
      'text',
      'text',
      'text',
    ]);
    expect(curve.at(-1)!.loss).toBeCloseTo(2.07, 10);
  });
});

describe('joinOutcomes', () => {
  const done = (...stages: StageSummary[]): Outcome => ({
    state: 'done',
    summary: summaryOf(0, ...stages),
  });

  test('makes one run of two, with what came before counted', () => {
    const joined = joinOutcomes([done(stage('source', 5)), done(stage('text', 2))]);
    if (joined?.state !== 'done') throw new Error('it is done');
    expect(joined.summary.seconds).toBe(20);
    expect(joined.summary.stages.map(({ name }) => name)).toEqual(['source', 'text']);
    expect(joined.summary.stages[1]!.curve.at(-1)).toMatchObject({
      step: 2,
      tokens: 200,
      totalSteps: 4,
      seconds: 4,
      depth: 12,
    });
  });

  test('is not finished before all are, and diverged where one has', () => {
    const diverged: Outcome = { state: 'diverged', message: 'it did' };
    expect(joinOutcomes([done(stage('source', 5)), null])).toBeNull();
    expect(joinOutcomes([])).toBeNull();
    expect(joinOutcomes([diverged, null])).toBe(diverged);
  });
});

describe('chooseValues', () => {
  const study = (metric: object | string) =>
    parseStudy(
      {
        name: 's',
        seeds: [0],
        baseline: 'a',
        axes: { arm: { a: {} } },
        base: { stages: { text: {} } },
        tuning: { key: 'stages.text.pull', values: [1, 2, 3], seeds: [8, 9], metric },
      },
      's',
    );
  const choose = (losses: Record<string, number | 'x'>, metric: object | string = 'loss') => {
    const runs = listTuningRuns(study(metric), parse);
    const [tuned] = chooseValues(study(metric), runs, ({ value, seed }) => {
      const loss = losses[`${value} ${seed}`];
      if (loss === undefined) return null;
      if (loss === 'x') return { state: 'diverged', message: 'it did' };
      return { state: 'done', summary: summaryOf(seed, stage('text', loss)) };
    });
    return tuned!;
  };
  const ALL = { '1 8': 1, '1 9': 3, '2 8': 2.5, '2 9': 0.5, '3 8': 2, '3 9': 1 };

  test('takes the best mean over the tuning seeds, of equal ones the first', () => {
    expect(choose(ALL)).toMatchObject({ cell: 'a', key: 'stages.text.pull', chosen: 2 });
    expect(choose(ALL).tried.map(({ result }) => result)).toEqual([2, 1.5, 1.5]);
    expect(choose(ALL, { name: 'measures.accuracy', better: 'higher' }).chosen).toBe(1);
  });

  test('takes none that diverged under one seed, and none where all did', () => {
    const some = choose({ ...ALL, '2 9': 'x' });
    expect(some.chosen).toBe(3);
    expect(some.tried[1]).toEqual({ value: 2, result: null, state: 'diverged' });
    expect(choose({ '1 8': 'x', '2 8': 'x', '3 9': 'x' }).chosen).toBeNull();
  });

  test('takes none before all are tried', () => {
    const { '3 9': _, ...some } = ALL;
    expect(choose(some)).toMatchObject({ chosen: null, tried: [{}, {}, { state: 'open' }] });
  });
});
