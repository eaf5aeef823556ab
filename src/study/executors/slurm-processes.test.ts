// The executor, its script and its jobs as processes, on commands that stand in for Slurm's; slurm.test.ts has the rest, on a
// cluster without processes.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  collect,
  idsOf,
  listAttempts,
  makeStudy,
  type PlayedJob,
  STUDY_JOB,
  stateIn,
} from '../../../test/support/study-folder.ts';
import { executorOf } from '../create-executor.ts';
import { createSlurmExecutor, type SlurmExecutorOptions } from './slurm.ts';
import { askSlurm } from './slurm-commands.ts';
import { slurmOptionsSchema } from './slurm-options.ts';

const STAND_IN = fileURLToPath(new URL('../../../test/support/slurm', import.meta.url));
const SUBMITTER = fileURLToPath(new URL('../../../test/support/run-slurm.mjs', import.meta.url));
const PATH = process.env.PATH!;

let slurm: string;
const cleanups: (() => void)[] = [];
beforeEach(() => {
  slurm = mkdtempSync(path.join(os.tmpdir(), 'slurm-'));
  Object.assign(process.env, { SLURM_STANDIN: slurm, PATH: `${STAND_IN}${path.delimiter}${PATH}` });
});
afterEach(async () => {
  await vi.waitFor(() => expect(list('queue')).toEqual([]), { timeout: 60_000 });
  for (const clean of cleanups.splice(0)) clean();
  rmSync(slurm, { recursive: true });
  process.env.PATH = PATH;
});

type SubmittedJob = {
  readonly tasks: readonly number[];
  readonly atOnce?: number;
  readonly asked: readonly string[];
  readonly script: string;
  readonly arguments: readonly string[];
};

/** The array jobs that were submitted. */
function submissions(): SubmittedJob[] {
  return list('jobs')
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(path.join(slurm, 'jobs', name), 'utf8')));
}

function list(folder: 'jobs' | 'queue'): string[] {
  const place = path.join(slurm, folder);
  return existsSync(place) ? readdirSync(place).sort() : [];
}

type Fault = 'garbage' | 'slow' | 'fail' | 'lost';
type Command = 'sbatch' | 'sacct';
function answerBadly(command: Command, fault: Fault | null): void {
  const file = path.join(slurm, `fault-${command}`);
  // By rename: a command may read it just now.
  writeFileSync(`${file}.tmp`, `${fault}\n`);
  if (fault === null) rmSync(file);
  else renameSync(`${file}.tmp`, file);
}

function open(plan: Record<string, PlayedJob>, options: Partial<SlurmExecutorOptions> = {}) {
  const study = makeStudy(plan);
  cleanups.push(study.remove);
  return { ...study, executor: executorFor(study.directory, options) };
}

function executorFor(directory: string, options: Partial<SlurmExecutorOptions> = {}) {
  return createSlurmExecutor({
    directory,
    program: STUDY_JOB,
    // Every look starts two processes, which take the jobs' time.
    intervalMs: 40,
    jobState: stateIn(directory),
    options: slurmOptionsSchema.parse({}),
    ...options,
  });
}

const go = (directory: string) => writeFileSync(path.join(directory, 'go'), '');

describe('a study on Slurm', () => {
  it('finishes, though a job is killed and another one fails', async () => {
    const options = slurmOptionsSchema.parse({ cpus: 4, setup: ['export GREETING=hello'] });
    const { directory, executor, jobs } = open(
      {
        a: { die: [1] },
        'it’s $(c)': { needs: ['a'] },
        said: { fail: 'no such corpus (name another)' },
      },
      { options },
    );
    const events = await collect(executor.run(jobs));
    expect(idsOf(events, 'finished')).toEqual(['a', 'it’s $(c)']);
    expect(events.filter(({ kind }) => kind === 'lost')).toEqual([
      { kind: 'lost', job: 'a', message: 'the process was ended by signal 9' },
    ]);
    expect(events).toContainEqual({
      kind: 'failed',
      job: 'said',
      message: 'no such corpus (name another)',
    });
    expect(listAttempts(directory, jobs)).toEqual({
      a: ['study job --json --threads 4', 'study job --json --threads 4'],
      'it’s $(c)': ['study job --json --threads 4'],
      said: ['study job --json --threads 4'],
    });
    expect(submissions()[0]).toMatchObject({
      tasks: [0, 1],
      arguments: [directory, process.execPath, STUDY_JOB],
    });
    expect(new Set(idsOf(events, 'started'))).toEqual(new Set(jobs.map(({ id }) => id)));
  });

  it('takes from a study what was asked for, and no number of processors', async () => {
    // Takes every job, and runs none.
    const sbatch = path.join(slurm, 'sbatch');
    writeFileSync(sbatch, `#!/bin/sh\necho "$@" >> '${slurm}/asked'\necho 1000\n`);
    chmodSync(sbatch, 0o755);
    process.env.PATH = `${slurm}${path.delimiter}${process.env.PATH}`;
    const submit = async (askedWorkers: number | undefined) => {
      const { directory, jobs } = open({ a: {}, b: {} });
      const controller = new AbortController();
      const executor = executorOf('slurm', { slurm: slurmOptionsSchema.parse({}) })({
        directory,
        askedWorkers,
        workers: 9,
        jobState: stateIn(directory),
        requireFolder: () => {},
        runJob: async () => 'finished',
      });
      const asked = path.join(slurm, 'asked');
      rmSync(asked, { force: true });
      const running = collect(executor.run(jobs, controller.signal));
      await vi.waitFor(() => expect(existsSync(asked)).toBe(true), { timeout: 10_000 });
      controller.abort();
      await running;
      return /--array=(\S+)/.exec(readFileSync(asked, 'utf8'))![1];
    };
    expect(await submit(1)).toBe('0-1%1');
    expect(await submit(undefined)).toBe('0-1');
  });
});

describe('whoever submits', () => {
  const startSubmitter = async (directory: string, jobs: readonly object[]) => {
    const child = spawn(process.execPath, [SUBMITTER, directory, STUDY_JOB], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.end(JSON.stringify(jobs));
    cleanups.push(() => child.kill('SIGKILL'));
    return child;
  };

  it('is killed: the next one picks up what runs, and submits nothing twice', async () => {
    const { directory, executor, jobs } = open({
      a: { wait: true },
      b: { wait: true },
      c: { needs: ['a', 'b'] },
    });
    const child = await startSubmitter(directory, jobs);
    const exit = once(child, 'exit');
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
      if (said.includes('started')) child.kill('SIGKILL');
    });
    await exit;
    const running = collect(executor.run(jobs), ({ kind }) => {
      if (kind === 'started') go(directory);
    });
    expect(idsOf(await running, 'finished').toSorted()).toEqual(['a', 'b', 'c']);
    expect(submissions().map(({ tasks }) => tasks.length)).toEqual([2, 1]);
    const ran = ['study job --json --threads 1'];
    expect(listAttempts(directory, jobs)).toEqual({ a: ran, b: ran, c: ran });
  });

  it('is killed before it hears the number: the next one finds the job by its name', async () => {
    const { directory, executor, jobs } = open({ a: { wait: true }, b: { wait: true } });
    answerBadly('sbatch', 'lost');
    const child = await startSubmitter(directory, jobs);
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    const record = path.join(directory, 'slurm', 'wave-001.json');
    expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({ arrayJob: null });
    answerBadly('sbatch', null);
    const events = await collect(executor.run(jobs), ({ kind }) => {
      if (kind === 'started') go(directory);
    });
    expect(idsOf(events, 'finished').toSorted()).toEqual(['a', 'b']);
    expect(submissions()).toHaveLength(1);
    expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({ arrayJob: '1000' });
  });

  it('cancels jobs at the signal where that is asked for; they go on from what they saved', async () => {
    const { directory, executor, jobs } = open({ a: { wait: true } }, { cancelOnAbort: true });
    const controller = new AbortController();
    // Slurm says that a task runs before the job is ready to save at a signal; what it prints says that it is.
    await collect(executor.run(jobs, controller.signal), ({ kind }) => {
      if (kind === 'progress') controller.abort();
    });
    await vi.waitFor(() => expect(list('queue')).toEqual([]), { timeout: 60_000 });
    expect(existsSync(path.join(directory, 'runs', 'a', 'saved'))).toBe(true);
    go(directory);
    expect(idsOf(await collect(executor.run(jobs)), 'finished')).toEqual(['a']);
    expect(submissions()).toHaveLength(2);
  });
});

describe('a command of Slurm', () => {
  it.each([
    ['fail', 'sacct: slurm_load_jobs error: sacct cannot reach the controller'],
    ['slow', 'sacct did not answer within 0.1 seconds, or too much'],
  ] as const)('that answers %s is ended, in a sentence', async (fault, problem) => {
    answerBadly('sacct', fault);
    const answer = await askSlurm('sacct', ['--jobs=1'], fault === 'slow' ? 100 : 60_000, slurm);
    expect(answer).toMatchObject({ problem });
  });

  it('that answers garbage has answered', async () => {
    answerBadly('sacct', 'garbage');
    expect(await askSlurm('sacct', ['--jobs=1'], 60_000, slurm)).toEqual({
      value: '\0<html>502 Bad Gateway</html>\n',
    });
  });

  it('that is not there is a sentence', async () => {
    const { executor, jobs } = open({ a: {} });
    process.env.PATH = slurm;
    await expect(collect(executor.run(jobs))).rejects.toThrow('there is no sbatch on the PATH');
  });
});
