// The executor on a cluster without processes: waves, attempts, what it tells, and Slurm that answers badly.
// slurm-processes.test.ts has what needs processes.

import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeSlurm, type FakeSlurm } from '../../../test/support/fake-slurm.ts';
import {
  collect,
  idsOf,
  listAttempts,
  makeStudy,
  type PlayedJob,
  stateIn,
} from '../../../test/support/study-folder.ts';
import { UserError } from '../../core/index.ts';
import { createSlurmExecutor, type SlurmExecutorOptions } from './slurm.ts';
import type { AskSlurm } from './slurm-commands.ts';
import { slurmOptionsSchema } from './slurm-options.ts';

const PROGRAM = '/elsewhere/study-job.mjs';

let slurm: FakeSlurm;
const cleanups: (() => void)[] = [];
beforeEach(() => {
  slurm = createFakeSlurm();
});
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

function open(plan: Record<string, PlayedJob>, options: Partial<SlurmExecutorOptions> = {}) {
  const study = makeStudy(plan);
  cleanups.push(study.remove);
  return { ...study, executor: executorFor(study.directory, options) };
}

function executorFor(directory: string, options: Partial<SlurmExecutorOptions> = {}) {
  return createSlurmExecutor({
    directory,
    program: PROGRAM,
    intervalMs: 0,
    jobState: stateIn(directory),
    options: slurmOptionsSchema.parse({}),
    ask: slurm.ask,
    ...options,
  });
}

const go = (directory: string) => writeFileSync(path.join(directory, 'go'), '');

describe('a study on Slurm', () => {
  it('finishes, an array job a wave, though two jobs are killed', async () => {
    const { directory, executor, jobs } = open({
      a: { die: [1] },
      b: {},
      'it’s $(c)': { needs: ['a', 'b'] },
      d: { needs: ['b'], die: [1, 2] },
    });
    const events = await collect(executor.run(jobs));
    expect(idsOf(events, 'finished').toSorted()).toEqual(['a', 'b', 'd', 'it’s $(c)']);
    expect(idsOf(events, 'lost').toSorted()).toEqual(['a', 'd', 'd']);
    expect(events).toContainEqual({
      kind: 'lost',
      job: 'a',
      message: 'the process was ended by signal 9',
    });
    const attempts = listAttempts(directory, jobs);
    expect(Object.values(attempts).map(({ length }) => length)).toEqual([2, 1, 1, 3]);
    expect(slurm.submissions[0]!.tasks).toEqual([0, 1]);
    expect(events).toContainEqual({ kind: 'progress', job: 'b', data: { event: 'step', step: 1 } });
    expect(new Set(idsOf(events, 'started'))).toEqual(new Set(jobs.map(({ id }) => id)));
  });

  it('submits as one wave what is ready, and what needs it after it', async () => {
    const { executor, jobs } = open({
      a1: {},
      a2: {},
      a3: {},
      b1: { needs: ['a1', 'a2', 'a3'] },
      b2: { needs: ['a1', 'a2', 'a3'] },
      c: { needs: ['b1', 'b2'] },
    });
    const events = await collect(executor.run(jobs));
    expect(idsOf(events, 'failed')).toEqual([]);
    const waves = slurm.submissions.map(({ tasks }) => tasks.length);
    expect(waves).toEqual([3, 2, 1]);
  });

  it('asks for what the recipe says, and its script holds no path', async () => {
    const options = slurmOptionsSchema.parse({
      partition: 'gpu',
      time: '04:00:00',
      cpus: 4,
      memory: '16G',
      gres: 'gpu:1',
      options: ['--constraint=a100'],
      setup: ['export GREETING=hello'],
      maxArraySize: 2,
    });
    const { directory, executor, jobs } = open({ a: {}, b: {}, c: {} }, { options });
    await collect(executor.run(jobs));
    const [first, second] = slurm.submissions;
    expect([first!.tasks, second!.tasks]).toEqual([[0, 1], [0]]);
    expect(first!.asked).toEqual([
      '--partition=gpu',
      '--time=04:00:00',
      '--cpus-per-task=4',
      '--mem=16G',
      '--gres=gpu:1',
      '--no-requeue',
      '--signal=B:TERM@60',
      '--constraint=a100',
    ]);
    expect(first!.script).toContain('\nexport GREETING=hello\nexec "$2" "$3" study job "$1" "$id"');
    expect(first!.arguments).toEqual([directory, process.execPath, PROGRAM]);
    for (const name of readdirSync(path.join(directory, 'slurm'))) {
      const text = readFileSync(path.join(directory, 'slurm', name), 'utf8');
      expect(text).not.toContain(directory);
      expect(text).not.toContain(process.execPath);
    }
  });

  it('runs as many tasks of an array at once as were asked for', async () => {
    const { directory, executor, jobs } = open(
      { a: { wait: true }, b: { wait: true }, c: { wait: true }, d: { needs: ['a'] } },
      { atOnce: 2 },
    );
    const started: string[] = [];
    const events = await collect(executor.run(jobs), (event) => {
      if (event.kind === 'started') started.push(event.job);
      if (started.length !== 2 || existsSync(path.join(directory, 'go'))) return;
      expect(listAttempts(directory, jobs).c).toEqual([]);
      go(directory);
    });
    expect(idsOf(events, 'finished')).toHaveLength(4);
    expect(started.slice(0, 2).toSorted()).toEqual(['a', 'b']);
    expect(slurm.submissions.map(({ tasks, atOnce }) => [tasks.length, atOnce])).toEqual([
      [3, 2],
      [1, 2],
    ]);
  });

  it('leaves it to Slurm how many tasks run at once where nobody asked', async () => {
    const { executor, jobs } = open({ a: {}, b: {} });
    await collect(executor.run(jobs));
    expect(slurm.submissions).toMatchObject([{ tasks: [0, 1] }]);
    expect(slurm.submissions[0]!.atOnce).toBeUndefined();
  });

  it('says why jobs failed, and starts nothing that needs them', async () => {
    const { executor, jobs } = open({
      recorded: { record: 'training diverged at step 7' },
      said: { fail: 'no such corpus (name another)' },
      silent: { silent: true },
      always: { die: [1, 2, 3] },
      never: { needs: ['said'] },
    });
    const events = await collect(executor.run(jobs));
    const messages = events.flatMap((event) => (event.kind === 'failed' ? [event.message] : []));
    expect(messages.toSorted()).toEqual([
      'no such corpus (name another)',
      'the process ended without a result',
      'the process was ended by signal 9, 3 times',
      'training diverged at step 7',
    ]);
    expect(idsOf(events, 'started')).not.toContain('never');
  });

  it('tells that jobs have started which end between two looks', async () => {
    const ask: AskSlurm = (command, ...rest) => {
      if (command === 'squeue') slurm.runToEnd();
      return slurm.ask(command, ...rest);
    };
    const { executor, jobs } = open(
      { recorded: { record: 'training diverged' }, said: { fail: 'no such corpus' }, fine: {} },
      { ask },
    );
    const events = await collect(executor.run(jobs));
    for (const { id } of jobs) {
      const kinds = events.flatMap((event) => ('job' in event && event.job === id ? [event] : []));
      const end = id === 'fine' ? 'finished' : 'failed';
      expect(kinds.map(({ kind }) => kind)).toEqual(['started', 'progress', end]);
    }
  });
});

describe('whoever submits', () => {
  it('stops at the signal: jobs go on, in a study that is moved too', async () => {
    const { directory, executor, jobs } = open({ a: { wait: true }, b: { needs: ['a'] } });
    const controller = new AbortController();
    const events = await collect(executor.run(jobs, controller.signal), ({ kind }) => {
      if (kind === 'started') controller.abort();
    });
    expect(idsOf(events, 'finished')).toEqual([]);
    go(directory);
    slurm.runToEnd();
    const moved = `${directory}-moved`;
    renameSync(directory, moved);
    cleanups.push(() => rmSync(moved, { recursive: true }));
    const rest = await collect(executorFor(moved).run(jobs));
    expect(idsOf(rest, 'finished')).toEqual(['b']);
    expect(slurm.submissions.at(-1)!.arguments[0]).toBe(moved);
  });

  it('writes nothing where the folder is not its own any more', async () => {
    const requireFolder = () => {
      throw new UserError('the study was taken over');
    };
    const { directory, executor, jobs } = open({ a: {} }, { requireFolder });
    await expect(collect(executor.run(jobs))).rejects.toThrow('taken over');
    expect(readdirSync(directory)).toEqual(['plan.json']);
    expect(slurm.submissions).toEqual([]);
  });

  it('refuses a damaged record rather than to submit again', async () => {
    const { directory, executor, jobs } = open({ a: {} });
    await collect(executor.run(jobs));
    writeFileSync(path.join(directory, 'slurm', 'wave-001.json'), '{"jobs":[]}');
    await expect(collect(executor.run(jobs))).rejects.toThrow(/wave-001\.json is not the record/);
  });
});

describe('Slurm that answers badly', () => {
  it('without accounts, results and the queue are enough', async () => {
    slurm.answerBadly('sacct', 'fail');
    const { executor, jobs } = open({ a: { die: [1] }, b: { fail: 'no such corpus' } });
    const events = await collect(executor.run(jobs));
    expect(idsOf(events, 'finished')).toEqual(['a']);
    expect(events).toContainEqual({
      kind: 'lost',
      job: 'a',
      message: 'the job left Slurm’s queue without a result',
    });
    expect(events).toContainEqual({ kind: 'failed', job: 'b', message: 'no such corpus' });
    expect(events.filter(({ kind }) => kind === 'message')).toEqual([
      {
        kind: 'message',
        text: 'sacct: cannot reach the controller: how jobs ended is not known',
      },
    ]);
  });

  it.each([
    ['empty', null],
    ['garbage', /^sacct did not answer with a list of jobs: "\\u0000<html>502/],
  ] as const)('sacct that is %s loses no job', async (fault, said) => {
    slurm.answerBadly('sacct', fault);
    const { executor, jobs } = open({ a: { die: [1] }, b: { needs: ['a'] } });
    const events = await collect(executor.run(jobs));
    expect(idsOf(events, 'finished')).toEqual(['a', 'b']);
    expect(slurm.submissions).toHaveLength(3);
    const messages = events.flatMap((event) => (event.kind === 'message' ? [event.text] : []));
    if (said === null) expect(messages).toEqual([]);
    else expect(messages).toEqual([expect.stringMatching(said)]);
  });

  it.each([
    ['garbage', /^squeue did not answer with a list of jobs: .* \(20 times in a row\)$/],
    ['fail', /^squeue: cannot reach the controller \(20 times/],
  ] as const)(
    'squeue that says %s is a sentence, and nothing is submitted twice',
    async (fault, said) => {
      const { directory, executor, jobs } = open({ a: { wait: true } });
      const run = collect(executor.run(jobs), ({ kind }) => {
        if (kind === 'started') slurm.answerBadly('squeue', fault);
      });
      await expect(run).rejects.toThrow(UserError);
      await expect(collect(executor.run(jobs))).rejects.toThrow(said);
      slurm.answerBadly('squeue', null);
      go(directory);
      await collect(executor.run(jobs));
      expect(slurm.submissions).toHaveLength(1);
    },
  );

  it('a result counts also while squeue says nothing', async () => {
    const { directory, executor, jobs } = open({ a: { wait: true } });
    const events = await collect(executor.run(jobs), ({ kind }) => {
      if (kind !== 'started') return;
      slurm.answerBadly('squeue', 'fail');
      go(directory);
    });
    expect(idsOf(events, 'finished')).toEqual(['a']);
  });

  it('an empty queue while jobs run is not believed as long as accounts know better', async () => {
    let emptyLooks = 0;
    const { directory, executor, jobs } = open(
      { a: { wait: true } },
      {
        ask: (command, ...rest) => {
          // More looks than a task may be missing at that the accounts do not know either.
          if (command === 'squeue' && emptyLooks > 0 && ++emptyLooks > 10) go(directory);
          return slurm.ask(command, ...rest);
        },
      },
    );
    const events = await collect(executor.run(jobs), ({ kind }) => {
      if (kind !== 'started') return;
      slurm.answerBadly('squeue', 'empty');
      emptyLooks = 1;
    });
    expect(idsOf(events, 'finished')).toEqual(['a']);
    expect(emptyLooks).toBeGreaterThan(10);
    expect(slurm.submissions).toHaveLength(1);
  });

  it.each([
    ['fail', /^the jobs could not be submitted: sbatch: cannot reach the controller/],
    ['garbage', /^sbatch did not answer with a job number: "\\u0000<html>/],
    ['slow', /^the jobs could not be submitted: sbatch did not answer within 2 seconds/],
    ['empty', /^sbatch did not answer with a job number: ""/],
  ] as const)('sbatch that says %s is a sentence', async (fault, said) => {
    slurm.answerBadly('sbatch', fault);
    const { directory, executor, jobs } = open({ a: {} }, { timeoutMs: 2000 });
    await expect(collect(executor.run(jobs))).rejects.toThrow(said);
    slurm.answerBadly('sbatch', null);
    expect(idsOf(await collect(executorFor(directory).run(jobs)), 'finished')).toEqual(['a']);
    expect(slurm.submissions).toHaveLength(1);
  });
});

describe('options', () => {
  it.each([
    [{ partition: 'gpu\nrm -rf' }, 'must be one word'],
    [{ setup: ['a\nb'] }, 'must be one line'],
    [{ options: ['exclusive'] }, 'must begin with -'],
    [{ partitions: 'gpu' }, 'partitions'],
  ])('refuses %j', (options, said) => {
    expect(JSON.stringify(slurmOptionsSchema.safeParse(options).error)).toContain(said);
  });
});
