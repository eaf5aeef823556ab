// Runs jobs side by side, each as soon as those before it have finished.

import { isAbortReason, UserError } from '../../core/index.ts';
import { createEventQueue } from './event-queue.ts';
import { findReady, type Job, type JobEvent, type JobState } from './executor.ts';

/** How an attempt at a job ended. */
export type Ending =
  | { readonly kind: 'finished' }
  /** It was asked to stop, and has saved. */
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly hint?: string;
      readonly error?: unknown;
    }
  | { readonly kind: 'lost'; readonly message: string };

export type SideBySide = {
  readonly jobState: (job: Job) => JobState;
  /** Jobs at a time. */
  readonly workers: number;
  /** Attempts at a job whose process dies. */
  readonly attempts: number;
  /** Throws if no more jobs may be started. */
  readonly requireFolder?: () => void;
  /** Makes an attempt. What it throws is a failure of the job, except for the signal's reason. */
  readonly attempt: (
    job: Job,
    signal: AbortSignal,
    tell: (data: unknown) => void,
  ) => Promise<Ending>;
};

/**
 * The events of all jobs. After the signal fired, no job starts, and running ones are waited for. They are also stopped if the
 * consumer stops early.
 */
export async function* runSideBySide(
  jobs: readonly Job[],
  { jobState, workers, attempts, attempt, requireFolder = () => {} }: SideBySide,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, void, undefined> {
  const controller = new AbortController();
  const stop = () => controller.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const { push, events, close } = createEventQueue();
  const running = new Map<string, Promise<void>>();

  const runOne = async (job: Job): Promise<boolean> => {
    for (let left = attempts; !controller.signal.aborted; ) {
      push({ kind: 'started', job: job.id });
      const tell = (data: unknown) => push({ kind: 'progress', job: job.id, data });
      const ending = await attempt(job, controller.signal, tell).catch((error: unknown) =>
        isAbortReason(error, controller.signal) ? STOPPED : explainFailure(error),
      );
      if (ending.kind === 'stopped') break;
      left--;
      if (ending.kind !== 'lost' || left === 0) {
        const { kind } = ending;
        push(
          kind === 'lost'
            ? explainDeaths(job, ending.message, attempts)
            : { ...ending, job: job.id },
        );
        return kind === 'finished';
      }
      push({ ...ending, job: job.id });
    }
    return false;
  };

  const runAll = async (): Promise<void> => {
    const finished = new Set<string>();
    const begun = new Set<string>();
    for (const job of jobs) {
      const state = jobState(job);
      if (state === 'finished') finished.add(job.id);
      else if (state !== 'waiting') {
        begun.add(job.id);
        push({ kind: 'failed', job: job.id, message: state.failed });
      }
    }
    while (!controller.signal.aborted) {
      const next = running.size < workers ? findReady(jobs, finished, begun)[0] : undefined;
      if (next && jobState(next) === 'finished') {
        // It has nothing left to do, because of the outcome of the jobs that it needs.
        finished.add(next.id);
        push({ kind: 'finished', job: next.id });
      } else if (next) {
        requireFolder();
        begun.add(next.id);
        const run = runOne(next).then((done) => {
          if (done) finished.add(next.id);
        });
        running.set(
          next.id,
          run.finally(() => running.delete(next.id)),
        );
      } else if (running.size > 0) await Promise.race(running.values());
      else break;
    }
    await Promise.all(running.values());
  };

  const all = runAll().then(
    () => close(),
    (error: unknown) => {
      controller.abort();
      close(error);
    },
  );
  try {
    yield* events;
  } finally {
    signal?.removeEventListener('abort', stop);
    controller.abort();
    await all;
    await Promise.allSettled(running.values());
  }
}

const STOPPED: Ending = { kind: 'stopped' };

function explainFailure(error: unknown): Ending {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof UserError && error.hint ? { hint: error.hint } : {};
  return { kind: 'failed', message, ...hint, error };
}

/** A job that dies every time is not tried forever. */
export function explainDeaths(job: Job, message: string, attempts: number): JobEvent {
  const times = attempts === 1 ? '' : `, ${attempts} times`;
  return {
    kind: 'failed',
    job: job.id,
    message: `${message}${times}`,
    hint: 'what it saved is kept: the same command resumes it',
  };
}
