// Jobs side by side, each as soon as the one that it begins with is done.

import { plural, UserError } from '../../core/index.ts';

/** A job by name, and the one before it. */
type OrderedJob = { readonly id: string; readonly after?: string | null };

/**
 * Starts jobs in their order, `workers` at a time. A job whose forerunner did not finish is not started.
 *
 * @param finished ids that are done already; those that finish are added
 * @param start runs a job to its end; whether it finished
 * @param signal no job is started after it fired; those under way are waited for
 */
export async function runInOrder<Job extends OrderedJob>(
  jobs: readonly Job[],
  finished: Set<string>,
  { workers, signal }: { readonly workers: number; readonly signal?: AbortSignal | undefined },
  start: (job: Job) => Promise<boolean>,
): Promise<void> {
  const waiting = jobs.filter(({ id }) => !finished.has(id));
  const running = new Map<string, Promise<void>>();
  while (!signal?.aborted) {
    const next =
      running.size < workers ? waiting.findIndex(({ after }) => !after || finished.has(after)) : -1;
    if (next >= 0) {
      const [job] = waiting.splice(next, 1) as [Job];
      const run = start(job).then((done) => {
        if (done) finished.add(job.id);
      });
      running.set(
        job.id,
        run.finally(() => running.delete(job.id)),
      );
    } else if (running.size > 0) await Promise.race(running.values());
    else break;
  }
  await Promise.all(running.values());
}

/** A job that failed by itself, in words. */
export type Failure = { readonly name: string; readonly error: Error };

/** The first failure of several, with how many there are and what is kept; an internal error stays what it is. */
export function explainFailures(
  failures: readonly Failure[],
  { total, finished }: { readonly total: number; readonly finished: number },
): Error {
  const { name, error } = failures[0]!;
  if (!(error instanceof UserError)) return error;
  const waiting = total - finished - failures.length;
  const counts =
    `${failures.length} of ${plural(total, 'run')} failed` +
    (waiting === 0 ? '' : `, and ${waiting} that begin with them`);
  const others =
    finished === 0 ? '' : 'the other runs are saved: the same command tries the failed ones again';
  return new UserError(`${counts}; ${name}: ${error.message}`, {
    hint: [error.hint, others].filter(Boolean).join('; '),
    cause: error,
  });
}
