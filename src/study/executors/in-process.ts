// Jobs in this process, for tests and browsers.

import type { Executor, Job, JobState } from './executor.ts';
import { runSideBySide } from './run-side-by-side.ts';

export type InProcessOptions = {
  /**
   * Runs a job to its end, or until the signal fired and its state is saved. It may then throw the signal's reason;
   * that; anything else that it throws is a failure of the job.
   *
   * @param tell passes what the job has to tell
   */
  readonly runJob: (
    job: Job,
    signal: AbortSignal,
    tell: (data: unknown) => void,
  ) => Promise<'finished' | 'stopped'>;
  readonly jobState: (job: Job) => JobState;
  /** Jobs at a time, which take turns on this thread; 1 by default. */
  readonly workers?: number;
  /** Throws if no more jobs may be started; called before each start. */
  readonly requireFolder?: () => void;
};

export function createInProcessExecutor(options: InProcessOptions): Executor {
  const { runJob, workers = 1, ...rest } = options;
  const sideBySide = {
    ...rest,
    workers,
    attempts: 1,
    attempt: async (job: Job, signal: AbortSignal, tell: (data: unknown) => void) => ({
      kind: await runJob(job, signal, tell),
    }),
  };
  return { run: (jobs, signal) => runSideBySide(jobs, sideBySide, signal) };
}
