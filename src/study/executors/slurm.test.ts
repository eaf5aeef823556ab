import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
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
import { UserError } from '../../core/index.ts';
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

type Fault = 'empty' | 'garbage' | 'slow' | 'fail' | 'lost';
type Command = 'sbatch' | 'squeue' | 'sacct';
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
    intervalMs: 10,
    jobState: stateIn(directory),
    options: slurmOptionsSchema.parse({}),
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
    expect(attempts.b).toEqual(['study job --json --threads 1']);
    expect(submissions()[0]!.tasks).toEqual([0, 1]);
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
    const waves = submissions().map(({ tasks }) => tasks.length);
    // The second may be seen finished before the first of its wave.
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
    const [first, second] = submissions();
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
    expect(first!.arguments).toEqual([directory, process.execPath, STUDY_JOB]);
    expect(listAttempts(directory, jobs)).toMatchObject({ a: ['study job --json --threads 4'] });
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
    expect(submissions().map(({ tasks, atOnce }) => [tasks.length, atOnce])).toEqual([
      [3, 2],
      [1, 2],
    ]);
  });

  it('takes from a study what was asked for, and no number of processors', async () => {
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
      const before = submissions().length;
      const running = collect(executor.run(jobs, controller.signal));
      await vi.waitFor(() => expect(submissions()).toHaveLength(before + 1), { timeout: 10_000 });
      controller.abort();
      await running;
      return submissions().at(-1)!.atOnce;
    };
    expect(await submit(1)).toBe(1);
    expect(await submit(undefined)).toBeUndefined();
  });

  it('leaves it to Slurm how many tasks run at once where nobody asked', async () => {
    const { executor, jobs } = open({ a: {}, b: {} });
    await collect(executor.run(jobs));
    expect(submissions()).toMatchObject([{ tasks: [0, 1] }]);
    expect(submissions()[0]!.atOnce).toBeUndefined();
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
    expect(Object.values(listAttempts(directory, jobs)).map(({ length }) => length)).toEqual([
      1, 1, 1,
    ]);
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

  it('stops at the signal: jobs go on, in a study that is moved too', async () => {
    const { directory, executor, jobs } = open({ a: { wait: true }, b: { needs: ['a'] } });
    const controller = new AbortController();
    const events = await collect(executor.run(jobs, controller.signal), ({ kind }) => {
      if (kind === 'started') controller.abort();
    });
    expect(idsOf(events, 'finished')).toEqual([]);
    go(directory);
    await vi.waitFor(() => expect(list('queue')).toEqual([]), { timeout: 60_000 });
    const moved = `${directory}-moved`;
    renameSync(directory, moved);
    cleanups.push(() => rmSync(moved, { recursive: true }));
    const rest = await collect(executorFor(moved).run(jobs));
    expect(idsOf(rest, 'finished')).toEqual(['b']);
    expect(submissions().at(-1)!.arguments[0]).toBe(moved);
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

  it('writes nothing where the folder is not its own any more', async () => {
    const requireFolder = () => {
      throw new UserError('the study was taken over');
    };
    const { directory, executor, jobs } = open({ a: {} }, { requireFolder });
    await expect(collect(executor.run(jobs))).rejects.toThrow('taken over');
    expect(readdirSync(directory)).toEqual(['plan.json']);
    expect(submissions()).toEqual([]);
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
    answerBadly('sacct', 'fail');
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
        text: 'sacct: slurm_load_jobs error: sacct cannot reach the controller: how jobs ended is not known',
      },
    ]);
  });

  it.each([
    ['empty', null],
    ['garbage', /^sacct did not answer with a list of jobs: "\\u0000<html>502/],
  ] as const)('sacct that is %s loses no job', async (fault, said) => {
    answerBadly('sacct', fault);
    const { executor, jobs } = open({ a: { die: [1] }, b: { needs: ['a'] } });
    const events = await collect(executor.run(jobs));
    expect(idsOf(events, 'finished')).toEqual(['a', 'b']);
    expect(submissions()).toHaveLength(3);
    const messages = events.flatMap((event) => (event.kind === 'message' ? [event.text] : []));
    if (said === null) expect(messages).toEqual([]);
    else expect(messages).toEqual([expect.stringMatching(said)]);
  });

  it('a command that is slow is ended, in a sentence', async () => {
    answerBadly('sacct', 'slow');
    const answer = await askSlurm('sacct', ['--jobs=1'], 100, slurm);
    expect(answer).toEqual({ problem: 'sacct did not answer within 0.1 seconds, or too much' });
  });

  it.each([
    ['garbage', /^squeue did not answer with a list of jobs: .* \(20 times in a row\)$/],
    ['fail', /^squeue: slurm_load_jobs error: squeue cannot reach the controller \(20 times/],
  ] as const)(
    'squeue that says %s is a sentence, and nothing is submitted twice',
    async (fault, said) => {
      const { directory, executor, jobs } = open({ a: { wait: true } });
      const run = collect(executor.run(jobs), ({ kind }) => {
        if (kind === 'started') answerBadly('squeue', fault);
      });
      await expect(run).rejects.toThrow(UserError);
      await expect(collect(executor.run(jobs))).rejects.toThrow(said);
      answerBadly('squeue', null);
      go(directory);
      await collect(executor.run(jobs));
      expect(submissions()).toHaveLength(1);
    },
  );

  it('a result counts also while squeue says nothing', async () => {
    const { directory, executor, jobs } = open({ a: { wait: true } });
    const events = await collect(executor.run(jobs), ({ kind }) => {
      if (kind !== 'started') return;
      answerBadly('squeue', 'fail');
      go(directory);
    });
    expect(idsOf(events, 'finished')).toEqual(['a']);
  });

  it('an empty queue while jobs run is not believed as long as accounts know better', async () => {
    const { directory, executor, jobs } = open({ a: { wait: true } });
    let looks = 0;
    const events = await collect(executor.run(jobs), ({ kind }) => {
      if (kind !== 'started') return;
      answerBadly('squeue', 'empty');
      const timer = setInterval(() => {
        if (++looks < 3) return;
        clearInterval(timer);
        go(directory);
      }, 10);
    });
    expect(idsOf(events, 'finished')).toEqual(['a']);
    expect(submissions()).toHaveLength(1);
  });

  it.each([
    ['fail', /^the jobs could not be submitted: sbatch: slurm_load_jobs error/],
    ['garbage', /^sbatch did not answer with a job number: "\\u0000<html>/],
    ['slow', /^the jobs could not be submitted: sbatch did not answer within 2 seconds/],
    ['empty', /^sbatch did not answer with a job number: ""/],
  ] as const)('sbatch that says %s is a sentence', async (fault, said) => {
    answerBadly('sbatch', fault);
    const { directory, executor, jobs } = open({ a: {} }, { timeoutMs: 2000 });
    await expect(collect(executor.run(jobs))).rejects.toThrow(said);
    answerBadly('sbatch', null);
    expect(idsOf(await collect(executorFor(directory).run(jobs)), 'finished')).toEqual(['a']);
    expect(submissions()).toHaveLength(1);
  });

  it('Slurm that is not there is a sentence', async () => {
    const { executor, jobs } = open({ a: {} });
    process.env.PATH = slurm;
    await expect(collect(executor.run(jobs))).rejects.toThrow('there is no sbatch on the PATH');
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
