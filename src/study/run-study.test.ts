// Studies of fake runs: begun, stopped, killed, grown, moved, tuned; what they share, and how they fail.

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createFakeExperiment,
  type FakeOptions,
  readModels,
} from '../../test/support/fake-experiment.ts';
import { gateResult } from '../../test/support/gate-result.ts';
import { UserError } from '../core/index.ts';
import { type RunEvent, RunStopped } from '../run/events.ts';
import { lockRunFolder } from '../run/run-folder.ts';
import { parseStudy } from './parse-study.ts';
import { readStudySummary, resumeStudy, runStudy, type StudyOptions } from './run-study.ts';
import { runStudyJob } from './run-study-job.ts';
import { readPlan } from './study-folder.ts';
import type { StudyInput } from './study-schema.ts';

let folder: string;
let directory: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-'));
  directory = path.join(folder, 'study');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const own = (changes: object = {}) => ({ data: { kind: 'own' }, ...changes });

const INPUT: StudyInput = {
  name: 's',
  seeds: [0, 1],
  base: { stages: { source: own(), text: own() } },
  axes: {
    arm: {
      scratch: { stages: { source: null } },
      nca: {},
      pulled: { stages: { text: { pull: 0.25 } } },
    },
  },
  baseline: 'scratch',
  contrasts: [['pulled', 'nca']],
};

const TUNING = {
  where: { arm: ['nca', 'pulled'] },
  key: 'stages.text.optimizer.learningRate',
  values: [0.1, 0.3, 2],
  seeds: [8, 9],
};
const TUNED: StudyInput = { ...INPUT, tuning: TUNING };

/** With one seed, to go through it again and again. */
const SHORT = { seeds: [0], tuning: { ...TUNING, values: [0.1, 0.3], seeds: [8] } };

function run(changes: object = {}, options: Partial<StudyOptions> = {}, fake: FakeOptions = {}) {
  const study = parseStudy({ ...INPUT, ...changes }, 's');
  return runStudy(study, createFakeExperiment(fake), { directory, workers: 1, ...options });
}

const at = (...names: string[]) => path.join(directory, ...names);
const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

/** A run of a study that a listener stops at one of its steps. */
async function stopAt(step: number, changes: object = {}): Promise<void> {
  const controller = new AbortController();
  let steps = 0;
  const onStep = () => {
    if (++steps === step) controller.abort();
  };
  const stopped = run(changes, { signal: controller.signal }, { onStep });
  await expect(stopped).rejects.toThrow(RunStopped);
}

describe('runStudy', () => {
  test('runs each cell under each seed, and what they share once', async () => {
    const steps: string[] = [];
    const summary = await run(
      {},
      {},
      { onStep: ({ seed }, stage) => steps.push(`${stage} ${seed}`) },
    );
    expect(summary.runs).toEqual({ finished: 6, diverged: 0, total: 6 });
    expect(steps.filter((step) => step === 'source 0')).toHaveLength(3);
    expect(steps.filter((step) => step === 'text 0')).toHaveLength(9);
    expect(readJson(at('summary.json'))).toEqual(summary);
    expect(readStudySummary(createFakeExperiment(), directory)).toEqual(summary);
  });

  test('gives shared stages the numbers that they have in a run of their own', async () => {
    const shared = await run();
    directory = path.join(folder, 'whole');
    const { pulled } = INPUT.axes.arm!;
    const whole = await run({ axes: { arm: { scratch: {}, pulled } }, contrasts: [] });
    expect(existsSync(at('jobs', 'shared'))).toBe(true);
    directory = path.join(folder, 'single');
    const single = await run({ axes: { arm: { pulled } }, baseline: 'pulled', contrasts: [] });
    expect(existsSync(at('jobs', 'shared'))).toBe(false);
    const find = ({ cells }: typeof shared) => cells.find(({ name }) => name === 'pulled')!;
    expect(find(shared).result).toEqual(find(single).result);
    expect(find(whole).curve).toEqual(find(single).curve);
    expect(find(shared).curve).toEqual(find(single).curve);
  });

  test('leaves the same whatever the number of workers', async () => {
    await run({}, { workers: 1 });
    const one = readModels(directory);
    directory = path.join(folder, 'other');
    await run({}, { workers: 4 });
    expect(readModels(directory)).toEqual(one);
  });

  test('goes on after a stop at any step, to the same bytes', async () => {
    const whole = await run(SHORT);
    const models = readModels(directory);
    for (const step of [1, 6, 16, 21, 26]) {
      directory = path.join(folder, `stopped-${step}`);
      await stopAt(step, SHORT);
      expect(existsSync(at('summary.json'))).toBe(false);
      const resumed = await resumeStudy(createFakeExperiment(), { directory, workers: 2 });
      expect(readModels(directory)).toEqual(models);
      expect(resumed).toEqual(whole);
    }
  });

  test('goes on where a process was killed, after the folder was moved', async () => {
    // Every few steps, the folder as a kill would leave it.
    let steps = 0;
    const copies: string[] = [];
    const onStep = () => {
      if (steps++ % 5 !== 0) return;
      copies.push(path.join(folder, 'moved', `after-${steps}`));
      cpSync(directory, copies.at(-1)!, { recursive: true });
    };
    await run(SHORT, {}, { onStep });
    const models = readModels(directory);
    for (const copy of copies) {
      for (const file of readdirSync(copy, { recursive: true, encoding: 'utf8' })) {
        if (file.endsWith('run.lock')) writeFileSync(path.join(copy, file), '{"pid":999999999}');
      }
      await resumeStudy(createFakeExperiment(), { directory: copy, workers: 1 });
      expect(readModels(copy)).toEqual(models);
    }
    expect(copies).toHaveLength(6);
  });

  test('writes no path of the machine', async () => {
    await run(TUNED);
    for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith('.json')) expect(readFileSync(at(file), 'utf8')).not.toContain(folder);
    }
  });

  test('tells of steps and jobs with the names of cells', async () => {
    const events: RunEvent[] = [];
    await run(TUNED, { workers: 2, listener: (event) => events.push(event) });
    const jobs = events.filter((event) => event.kind === 'job');
    // Two cells at three values under two seeds share a source of each seed; then two sources and six cells.
    expect(jobs).toHaveLength(2 + 12 + 2 + 6);
    expect(jobs.at(-1)).toMatchObject({ total: 22, done: 22, workers: 2, etaSeconds: 0 });
    expect(jobs.map(({ job }) => job)).toContain('nca, learningRate 0.3, seed 8');
    const steps = events.filter((event) => event.kind === 'step');
    expect(steps.map(({ arm }) => arm)).toContain('pulled seed 1');
    expect(steps.every(({ etaSeconds }) => Number.isFinite(etaSeconds))).toBe(true);
  });
});

describe('a study is tried before its first job', () => {
  test('each distinct recipe once, whole', async () => {
    const tried: string[] = [];
    await run(
      TUNED,
      {},
      { onAttempt: ({ name, stages }) => tried.push(`${name} ${Object.keys(stages)}`) },
    );
    expect(tried).toEqual(['nca source,text', 'pulled source,text', 'scratch text']);
  });

  test('and leaves nothing where one could not begin', async () => {
    const onAttempt = ({ name }: { name: string }) => {
      if (name === 'pulled') throw new UserError('no such text', { hint: 'name another' });
    };
    await expect(run({}, {}, { onAttempt })).rejects.toThrow('pulled: no such text');
    expect(existsSync(directory)).toBe(false);
  });

  test('but for what has been run', async () => {
    await run();
    const tried: string[] = [];
    await run({ seeds: [0, 1] }, {}, { onAttempt: ({ name }) => tried.push(name) });
    expect(tried).toEqual([]);
  });
});

describe('a study grows', () => {
  test('by seeds and members, and runs only those', async () => {
    await run();
    const before = readModels(directory);
    const steps = new Set<string>();
    const axes = { arm: { ...INPUT.axes.arm, more: { stages: { text: { pull: 0.5 } } } } };
    const summary = await run(
      { axes, seeds: [0, 1, 2] },
      {},
      { onStep: ({ name, seed }) => steps.add(`${name.replace(/-\w{8}$/, '')} ${seed}`) },
    );
    expect(readModels(directory)).toMatchObject(before);
    expect([...steps].sort()).toEqual([
      'more 0',
      'more 1',
      'more 2',
      'nca 2',
      'pulled 2',
      'scratch 2',
      'source 2',
    ]);
    expect(summary.cells.map(({ seeds }) => seeds.length)).toEqual([3, 3, 3, 3]);
  });

  test.each<[string, object, RegExp]>([
    ['seeds', { seeds: [0] }, /^jobs\/cells\/nca\/seed-1 has been run, and is no longer part of/],
    [
      'members',
      { axes: { arm: { scratch: {}, nca: {} } }, contrasts: [] },
      /with a different recipe|has been run/,
    ],
    [
      'an exclusion',
      { exclude: [{ arm: 'pulled' }], contrasts: [] },
      /^jobs\/cells\/pulled\/seed-0 has been run/,
    ],
    [
      'another recipe',
      { base: { stages: { source: own(), text: own({ steps: 9 }) } } },
      /^jobs\/cells\/scratch\/seed-0 was run with a different recipe/,
    ],
  ])('but does not shrink or change by %s', async (_, changes, expected) => {
    await run();
    const study = readFileSync(at('study.json'), 'utf8');
    await expect(run(changes)).rejects.toThrow(expected);
    expect(readFileSync(at('study.json'), 'utf8')).toBe(study);
    expect(existsSync(at('summary.json'))).toBe(true);
  });

  test('not in a folder with other things', async () => {
    mkdirSync(directory);
    writeFileSync(at('diary.txt'), 'mine');
    await expect(run()).rejects.toThrow('not empty');
    rmSync(at('diary.txt'));
    writeFileSync(at('recipe.json'), '{}');
    await expect(run()).rejects.toThrow('already holds a run');
  });
});

describe('tuning', () => {
  test('takes the best value of each cell, not one that diverged', async () => {
    const summary = await run(TUNED);
    expect(summary.tuning.map(({ cell, chosen }) => [cell, chosen])).toEqual([
      ['nca', 0.3],
      ['pulled', 0.3],
    ]);
    expect(summary.tuning[0]!.tried.map(({ state }) => state)).toEqual([
      'done',
      'done',
      'diverged',
    ]);
    const { recipe } = readPlan(directory).jobs.get('cells/nca/seed-0')!;
    expect(recipe.stages!.text!.optimizer).toEqual({ learningRate: 0.3 });
    expect(summary.cells.map(({ tuned }) => tuned?.value)).toEqual([undefined, 0.3, 0.3]);
    expect(summary.runs.total).toBe(6);
  });

  test('that diverges at every value is a result, and other values may be added', async () => {
    const tuning = { ...TUNING, where: { arm: 'nca' }, values: [2, 3] };
    const { runs, cells, verdicts } = await run({ tuning });
    expect(runs).toEqual({ finished: 4, diverged: 2, total: 6 });
    expect(cells[1]!.diverged[0]!.message).toMatch(/^training diverged at every value of stages/);
    expect(verdicts.join(' ')).toContain('2 of 2 runs of nca diverged');
    expect(existsSync(at('jobs', 'cells', 'nca'))).toBe(false);
    const more = await run({ tuning: { ...tuning, values: [2, 3, 0.3] } });
    expect(more.runs).toEqual({ finished: 6, diverged: 0, total: 6 });
  });

  test('with a new value chosen refuses cells that ran with the old one', async () => {
    await run(TUNED);
    const tuning = { ...TUNING, values: [0.1, 0.3, 2, 0.9] };
    await expect(run({ tuning })).rejects.toThrow(/with a different recipe/);
  });
});

describe('a run that diverges', () => {
  const diverging = {
    arm: { ...INPUT.axes.arm, wild: { stages: { text: { optimizer: { learningRate: 2 } } } } },
  };

  test('is a result: named, in no mean, and not tried again', async () => {
    const summary = await run({ axes: diverging });
    expect(summary.runs).toEqual({ finished: 6, diverged: 2, total: 8 });
    const wild = summary.cells.at(-1)!;
    expect(wild).toMatchObject({ result: null, difference: null, seeds: [] });
    expect(wild.diverged[1]).toEqual({ seed: 1, message: "stage 'text' diverged" });
    const steps: number[] = [];
    await run({ axes: diverging }, {}, { onStep: (_, __, step) => steps.push(step) });
    expect(steps).toEqual([]);
  });

  test('ends those that begin with it', async () => {
    const source = own({ optimizer: { learningRate: 2 } });
    const summary = await run({ base: { stages: { source, text: own() } } });
    expect(summary.runs).toEqual({ finished: 2, diverged: 4, total: 6 });
    expect(existsSync(at('jobs', 'cells', 'nca'))).toBe(false);
    expect(summary.cells[1]!.diverged[0]!.message).toBe("stage 'source' diverged");
  });
});

describe('a stage that is refused', () => {
  const gate = gateResult({ verdict: 'statistics' });

  test('is a result: its cell is left out, and it is not tried again', async () => {
    const source = own({ gate });
    const text = own({ requireGate: 'dynamics' });
    const stages = { source, text };
    const single = { arm: { scratch: { stages: { source: null } }, nca: {} } };
    const changes = { base: { stages }, axes: single, contrasts: [], seeds: [0] };
    const summary = await run(changes);
    expect(summary.runs).toEqual({ finished: 2, diverged: 0, total: 2 });
    expect(summary.cells[1]).toMatchObject({ excluded: true, result: null, gate: 'statistics' });
    const steps: string[] = [];
    await run(changes, {}, { onStep: ({ name }) => steps.push(name) });
    expect(steps).toEqual([]);
  });

  test('ends those that begin with it', async () => {
    const stages = {
      source: own({ gate }),
      middle: own({ requireGate: 'dynamics' }),
      text: own(),
    };
    const arm = {
      plain: { stages: { source: null, middle: null } },
      a: {},
      b: { stages: { text: { pull: 1 } } },
    };
    const summary = await run({
      base: { stages },
      axes: { arm },
      baseline: 'plain',
      contrasts: [],
      seeds: [0],
    });
    expect(summary.cells.map(({ excluded }) => excluded)).toEqual([false, true, true]);
    expect(existsSync(at('jobs', 'cells', 'a'))).toBe(false);
  });
});

describe('a job that fails', () => {
  const failing = (wanted: string) => ({
    onStep: ({ name }: { name: string }) => {
      if (name.startsWith(wanted)) throw new UserError('the disk is full', { hint: 'make room' });
    },
  });

  test('stops no others, and is tried again', async () => {
    const failed = run({}, {}, failing('pulled'));
    await expect(failed).rejects.toThrow(
      '2 jobs failed, the first of them pulled seed 0: the disk is full',
    );
    await expect(failed).rejects.toMatchObject({
      hint: 'make room; the other jobs are saved: the same command tries the failed ones again',
    });
    expect(existsSync(at('summary.json'))).toBe(false);
    expect(readStudySummary(createFakeExperiment(), directory).runs.finished).toBe(4);
    expect((await run()).runs.finished).toBe(6);
    expect(existsSync(at('failed'))).toBe(false);
  });

  test('keeps those waiting that begin with it', async () => {
    await expect(run({ seeds: [0] }, {}, failing('source'))).rejects.toThrow(
      /^source of [^:]+ seed 0: the disk is full \(2 jobs that begin with failed ones are waiting\)/,
    );
    expect(existsSync(at('jobs', 'cells', 'scratch', 'seed-0', 'summary.json'))).toBe(true);
  });

  test('of tuning keeps its cell waiting, and the others run', async () => {
    const fails = ({ seed }: { seed: number }) => {
      if (seed === 9) throw new UserError('the disk is full');
    };
    await expect(run(TUNED, {}, { onStep: fails })).rejects.toThrow('the disk is full');
    expect(readStudySummary(createFakeExperiment(), directory).runs.finished).toBe(2);
  });

  test('by a fault of the program is told as it is', async () => {
    const onStep = () => {
      throw new TypeError('undefined is not a function');
    };
    await expect(run({}, {}, { onStep })).rejects.toThrow(TypeError);
  });
});

describe('two processes', () => {
  test('at one study are told apart', async () => {
    await run();
    const lock = lockRunFolder(directory);
    try {
      await expect(run()).rejects.toThrow(/study is being written by process \d+/);
      expect(existsSync(at('summary.json'))).toBe(true);
    } finally {
      lock.release();
    }
  });

  test('at one job are told apart, and nothing is noted as a failure', async () => {
    await stopAt(1);
    const [id] = readPlan(directory).jobs.keys();
    const lock = lockRunFolder(at('jobs', id!));
    try {
      const second = runStudyJob(createFakeExperiment(), directory, id!, { lockWaitMs: 0 });
      await expect(second).rejects.toThrow(/seed-0 is being written by process \d+/);
      expect(existsSync(at('failed'))).toBe(false);
    } finally {
      lock.release();
    }
  });

  test('at one job wait for each other, for a while', async () => {
    await stopAt(1);
    const [id] = readPlan(directory).jobs.keys();
    const lock = lockRunFolder(at('jobs', id!));
    setTimeout(lock.release, 300);
    expect(await runStudyJob(createFakeExperiment(), directory, id!, {})).toBe('finished');
  });

  test('where the folder is moved away while it runs, say so', async () => {
    let steps = 0;
    const onStep = () => {
      if (++steps === 5) renameSync(directory, path.join(folder, 'away'));
    };
    await expect(run({}, {}, { onStep })).rejects.toThrow(/was moved or removed/);
  });
});

describe('runStudyJob', () => {
  const experiment = createFakeExperiment();

  test('runs a job anywhere, in its order, to the same bytes', async () => {
    await run();
    const models = readModels(directory);
    directory = path.join(folder, 'jobs-alone');
    await stopAt(1);
    const jobs = [...readPlan(directory).jobs.values()];
    const dependent = jobs.find(({ after }) => after.length > 0)!;
    const early = runStudyJob(experiment, directory, dependent.id, {});
    await expect(early).rejects.toThrow(
      `starts from the job ${dependent.after[0]}, which is not finished`,
    );
    for (const { id } of jobs) {
      expect(await runStudyJob(experiment, directory, id, {})).toBe('finished');
    }
    expect(readModels(directory)).toEqual(models);
    expect((await run()).runs.finished).toBe(6);
  });

  test('leaves the reason of a failure for others, and says when it was stopped', async () => {
    await stopAt(1);
    const { id } = [...readPlan(directory).jobs.values()].find(({ after }) => after.length === 0)!;
    const failing = createFakeExperiment({
      onStep: () => {
        throw new UserError('the disk is full', { hint: 'make room' });
      },
    });
    await expect(runStudyJob(failing, directory, id, {})).rejects.toThrow('the disk is full');
    expect(readJson(at('failed', `${id}.json`))).toEqual({
      message: 'the disk is full',
      hint: 'make room',
    });
    const signal = AbortSignal.abort();
    expect(await runStudyJob(experiment, directory, id, { signal })).toBe('stopped');
  });

  test.each([
    ['a folder without a study', 'nowhere', 'cells/nca/seed-0', 'does not hold a study'],
    ['an unknown job', 'study', 'cells/nca/seed-7', 'has no job cells/nca/seed-7'],
  ])('refuses %s', async (_, place, id, expected) => {
    await stopAt(1);
    const job = runStudyJob(experiment, path.join(folder, place), id, {});
    await expect(job).rejects.toThrow(expected);
  });
});
