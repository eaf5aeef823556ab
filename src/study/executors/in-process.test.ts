import { expect, it } from 'vitest';
import { collect, idsOf } from '../../../test/support/study-folder.ts';
import { UserError } from '../../core/index.ts';
import type { Job, JobState } from './executor.ts';
import { createInProcessExecutor, type InProcessOptions } from './in-process.ts';

const job = (id: string, ...after: string[]): Job => ({ id, directory: `runs/${id}`, after });

/** Jobs that take a turn of the loop each; what they come to is kept. */
function play(runJob?: InProcessOptions['runJob'], workers = 2) {
  const states = new Map<string, JobState>();
  let running = 0;
  const most = { running: 0 };
  const executor = createInProcessExecutor({
    workers,
    jobState: ({ id }) => states.get(id) ?? 'waiting',
    runJob: async (job, signal, tell) => {
      most.running = Math.max(most.running, ++running);
      try {
        await new Promise(setImmediate);
        const end = (await runJob?.(job, signal, tell)) ?? 'finished';
        if (end === 'finished') states.set(job.id, 'finished');
        return end;
      } finally {
        running--;
      }
    },
  });
  return { executor, states, most };
}

it('runs each job after those that it needs, so many at a time, and tells of them', async () => {
  const { executor, most } = play(async ({ id }, _, tell) => {
    tell({ event: 'step', of: id });
    return 'finished';
  });
  const jobs = [job('c', 'a', 'b'), job('a'), job('b', 'a'), job('d'), job('e')];
  const events = await collect(executor.run(jobs));
  const done = idsOf(events, 'finished');
  expect(done.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  const startOf = (id: string) =>
    events.findIndex((event) => event.kind === 'started' && event.job === id);
  const endOf = (id: string) =>
    events.findIndex((event) => event.kind === 'finished' && event.job === id);
  expect(endOf('a')).toBeLessThan(startOf('b'));
  expect(endOf('b')).toBeLessThan(startOf('c'));
  expect(most.running).toBe(2);
  expect(events).toContainEqual({ kind: 'progress', job: 'd', data: { event: 'step', of: 'd' } });
});

it('runs what has no result yet, and tells of failures that are there', async () => {
  const { executor, states } = play();
  states.set('a', 'finished').set('b', { failed: 'the disk was full' });
  const events = await collect(executor.run([job('a'), job('b'), job('c', 'a'), job('d', 'b')]));
  expect(events).toEqual([
    { kind: 'failed', job: 'b', message: 'the disk was full' },
    { kind: 'started', job: 'c' },
    { kind: 'finished', job: 'c' },
  ]);
});

it('starts no job that has nothing left to do by what those before it came to', async () => {
  const { executor, states } = play(async ({ id }) => {
    // Diverged, say: what begins with it has no use any more.
    if (id === 'a') states.set('b', 'finished');
    return 'finished';
  });
  const events = await collect(executor.run([job('a'), job('b', 'a'), job('c', 'b')]));
  expect(idsOf(events, 'started')).toEqual(['a', 'c']);
  expect(idsOf(events, 'finished')).toEqual(['a', 'b', 'c']);
});

it('starts nothing after a failed job that needs it, and goes on with the rest', async () => {
  const error = new UserError('no such corpus', { hint: 'name another' });
  const { executor } = play(async ({ id }) => {
    if (id === 'a') throw error;
    return 'finished';
  });
  const events = await collect(executor.run([job('a'), job('b', 'a'), job('c')]));
  expect(events).toContainEqual({
    kind: 'failed',
    job: 'a',
    message: 'no such corpus',
    hint: 'name another',
    error,
  });
  expect(idsOf(events, 'started')).toEqual(['a', 'c']);
  expect(idsOf(events, 'finished')).toEqual(['c']);
});

it('stops when the signal fires, without an error, and a failure meanwhile is told', async () => {
  const controller = new AbortController();
  const { executor } = play(async ({ id }, signal) => {
    if (id === 'a') controller.abort(new Error('enough'));
    if (id === 'a') throw signal.reason;
    await new Promise(setImmediate);
    throw new Error('could not save');
  });
  const events = await collect(executor.run([job('a'), job('b'), job('c')], controller.signal));
  expect(idsOf(events, 'started')).toEqual(['a', 'b']);
  expect(events.filter(({ kind }) => kind === 'failed')).toMatchObject([
    { job: 'b', message: 'could not save' },
  ]);
  const before = AbortSignal.abort();
  expect(await collect(executor.run([job('d')], before))).toEqual([]);
});

it('stops what runs when nobody takes its events any more', async () => {
  const stopped: string[] = [];
  const { executor } = play(
    ({ id }, signal) =>
      new Promise((resolve) => {
        const stop = () => {
          stopped.push(id);
          resolve('stopped');
        };
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop);
      }),
  );
  for await (const event of executor.run([job('a'), job('b'), job('c')])) {
    if (event.kind === 'started' && event.job === 'b') break;
  }
  expect(stopped).toEqual(['a', 'b']);
});

it('leaves out old progress where it comes faster than it is taken, and nothing else', async () => {
  const { executor } = play(async (_, __, tell) => {
    for (let step = 1; step <= 5000; step++) tell({ step });
    return 'finished';
  }, 1);
  const events = await collect(executor.run([job('a'), job('b')]));
  expect(idsOf(events, 'finished')).toEqual(['a', 'b']);
  expect(events.length).toBeLessThan(2100);
  expect(events).toContainEqual({ kind: 'progress', job: 'a', data: { step: 5000 } });
});

it('starts nothing where the folder is not its own any more', async () => {
  const { executor, states } = play();
  const lost = createInProcessExecutor({
    jobState: ({ id }) => states.get(id) ?? 'waiting',
    runJob: async ({ id }) => {
      states.set(id, 'finished');
      return 'finished';
    },
    requireFolder: () => {
      if (states.size > 0) throw new UserError('the folder was taken over');
    },
  });
  await expect(collect(lost.run([job('a'), job('b')]))).rejects.toThrow('was taken over');
  expect([...states.keys()]).toEqual(['a']);
  expect(idsOf(await collect(executor.run([job('b')])), 'finished')).toEqual(['b']);
});
