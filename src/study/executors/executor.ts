// What runs the jobs of a study: the port, and what a job tells. Nothing here or in `in-process.ts` needs Node.

/** A job of a study. Plain data. */
export type Job = {
  readonly id: string;
  /** The job's folder, relative to the study's: a study can be moved. */
  readonly directory: string;
  /** Ids of the jobs that must have finished before this one starts. */
  readonly after: readonly string[];
};

/**
 * What a job's folder says: `waiting` until it holds a result, also while the job runs. A failure is a result too:
 * whoever wants failed jobs to be tried again removes what says that they failed before `run`.
 */
export type JobState = 'waiting' | 'finished' | { readonly failed: string };

export type JobEvent =
  | { readonly kind: 'started'; readonly job: string }
  /** What the job told: an event of a run, as JSON has it. Where events come faster than they are taken, old ones are left out. */
  | { readonly kind: 'progress'; readonly job: string; readonly data: unknown }
  | { readonly kind: 'finished'; readonly job: string }
  /** The job will not be tried again, and jobs after it are not started. */
  | {
      readonly kind: 'failed';
      readonly job: string;
      readonly message: string;
      readonly hint?: string;
      /** Of a job that ran in this process. */
      readonly error?: unknown;
    }
  /** The job's process died without a result; it is started again from what it saved. */
  | { readonly kind: 'lost'; readonly job: string; readonly message: string }
  /** Word of the executor itself. */
  | { readonly kind: 'message'; readonly text: string };

export type Executor = {
  /**
   * Runs jobs, each when those before it have finished. Jobs with a result already are not run, and bring no event but
   * `failed`; those that come to one without being run, by what the jobs before them came to, bring `finished`. Ends when nothing more can be run, or after the signal fired and what was running has saved: then without
   * an error.
   *
   * @throws UserError where jobs cannot be run at all; what runs goes on, or is stopped, as the executor says
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
