// The contract of executors, which run the jobs of a study, and the events of jobs. Nothing here or in `in-process.ts` needs Node.

/** A job of a study. Plain data. */
export type Job = {
  readonly id: string;
  /** The job's folder, relative to the study's: a study can be moved. */
  readonly directory: string;
  /** Ids of the jobs that must have finished before this one starts. */
  readonly after: readonly string[];
};

/**
 * The state of a job's folder: `waiting` until it holds a result, also while the job runs. A failure is a result too; to try
 * failed jobs again, remove the records of their failures before `run`.
 */
export type JobState = 'waiting' | 'finished' | { readonly failed: string };

export type JobEvent =
  | { readonly kind: 'started'; readonly job: string }
  /** An event of the job's run, as JSON. If events come faster than they are taken, old ones are dropped. */
  | { readonly kind: 'progress'; readonly job: string; readonly data: unknown }
  | { readonly kind: 'finished'; readonly job: string }
  /** The job will not be tried again, and jobs after it are not started. */
  | {
      readonly kind: 'failed';
      readonly job: string;
      readonly message: string;
      readonly hint?: string;
      /** The error of a job that ran in this process. */
      readonly error?: unknown;
    }
  /** The job's process died without a result; it is started again from what it saved. */
  | { readonly kind: 'lost'; readonly job: string; readonly message: string }
  /** A message from the executor itself. */
  | { readonly kind: 'message'; readonly text: string };

export type Executor = {
  /**
   * Runs jobs, each when those before it have finished. Jobs that already have a result are not run, and give no event except
   * `failed`; jobs that get a result without being run, from the outcome of the jobs before them, give `finished`. Ends when
   * nothing more can be run, or, without an error, after the signal fired and running jobs have saved.
   *
   * @throws UserError if jobs cannot be run at all; running jobs continue or are stopped, depending on the executor
   */
  run(jobs: readonly Job[], signal?: AbortSignal): AsyncIterable<JobEvent>;
};

/**
 * Jobs that can start now, in their order.
 *
 * @param finished ids of finished jobs
 * @param begun ids of jobs that were started, or are not to be
 */
export function findReady(
  jobs: readonly Job[],
  finished: ReadonlySet<string>,
  begun: ReadonlySet<string>,
): Job[] {
  return jobs.filter(
    ({ id, after }) =>
      !finished.has(id) && !begun.has(id) && after.every((before) => finished.has(before)),
  );
}
