import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import {
  collect,
  idsOf,
  listAttempts,
  makeStudy,
  type PlayedJob,
  STUDY_JOB,
  stateIn,
} from '../../../test/support/study-folder.ts';
import { type ChildProcessesOptions, createChildProcessExecutor } from './child-processes.ts';

const PARENT = fileURLToPath(new URL('../../../test/support/run-children.mjs', import.meta.url));

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

function open(plan: Record<string, PlayedJob>, options: Partial<ChildProcessesOptions> = {}) {
  const study = makeStudy(plan);
  cleanups.push(study.remove);
  const { directory } = study;
  const executor = createChildProcessExecutor({
    directory,
    program: STUDY_JOB,
    workers: 2,
    jobState: stateIn(directory),
    ...options,
  });
  return { ...study, executor, attempts: () => listAttempts(directory, study.jobs) };
}

it('runs jobs in order, with one thread each, and passes on what they tell', async () => {
  const { executor, jobs, attempts } = open({
    first: {},
    second: { needs: ['first'] },
    other: {},
  });
  const events = await collect(executor.run(jobs));
  expect(idsOf(events, 'finished').toSorted()).toEqual(['first', 'other', 'second']);
  expect(events).toContainEqual({
    kind: 'progress',
    job: 'first',
    data: { event: 'step', step: 1 },
  });
  expect(attempts()).toEqual({
    first: ['study job --json --threads 1'],
    second: ['study job --json --threads 1'],
    other: ['study job --json --threads 1'],
  });
});

it('starts again what was killed, and gives up what is killed every time', async () => {
  const { executor, jobs, attempts } = open({ once: { die: [1] }, always: { die: [1, 2, 3] } });
  const events = await collect(executor.run(jobs));
  expect(idsOf(events, 'finished')).toEqual(['once']);
  expect(idsOf(events, 'lost').toSorted()).toEqual(['always', 'always', 'once']);
  expect(events).toContainEqual({
    kind: 'failed',
    job: 'always',
    message: 'the process was ended by SIGKILL, 3 times',
    hint: 'what it saved is kept: the same command resumes it',
  });
  expect(attempts()).toMatchObject({ once: { length: 2 }, always: { length: 3 } });
});

it('says why a job failed: by its result, by its error, or that it left nothing', async () => {
  const { executor, jobs } = open({
    recorded: { record: 'training diverged at step 7' },
    said: { fail: 'no such corpus (name another)' },
    silent: { silent: true },
  });
  const events = await collect(executor.run(jobs));
  const failures = events.flatMap((event) => (event.kind === 'failed' ? [event.message] : []));
  expect(failures.toSorted()).toEqual([
    'no such corpus (name another)',
    'the process ended without a result',
    'training diverged at step 7',
  ]);
});

it('lets jobs save when the signal fires, and starts no others', async () => {
  const { directory, executor, jobs } = open({ a: { wait: true }, b: { wait: true }, c: {} });
  const controller = new AbortController();
  let begun = 0;
  const events = await collect(executor.run(jobs, controller.signal), (event) => {
    if (event.kind === 'progress' && ++begun === 2) controller.abort();
  });
  expect(idsOf(events, 'started')).toEqual(['a', 'b']);
  expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(['started', 'progress']));
  for (const id of ['a', 'b'])
    expect(existsSync(path.join(directory, 'runs', id, 'saved'))).toBe(true);
});

it('takes no line that is longer than any event', async () => {
  const { executor, jobs } = open({ long: { long: 1_000_000 }, short: { long: 10 } });
  const events = await collect(executor.run(jobs));
  expect(idsOf(events, 'finished').toSorted()).toEqual(['long', 'short']);
  const told = events.flatMap((event) => (event.kind === 'progress' ? [event] : []));
  expect(told.filter(({ data }) => Object.hasOwn(data as object, 'long'))).toEqual([
    { kind: 'progress', job: 'short', data: { long: 'x'.repeat(10) } },
  ]);
});

it('its jobs save and end when this process is killed', async () => {
  const { directory } = open({ a: { wait: true }, b: { wait: true } });
  const parent = spawn(process.execPath, [PARENT, directory, STUDY_JOB, 'a', 'b'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  parent.stdout.on('data', (text) => {
    said += text;
  });
  await vi.waitFor(() => expect(said.split('progress')).toHaveLength(3), { timeout: 60_000 });
  parent.kill('SIGKILL');
  await vi.waitFor(
    () => {
      for (const id of ['a', 'b']) {
        expect(existsSync(path.join(directory, 'runs', id, 'saved'))).toBe(true);
      }
    },
    { timeout: 60_000 },
  );
});
