// Jobs side by side, each as soon as the one that it begins with is done.

/** A job by name, and the one before it. */
export type OrderedJob = { readonly id: string; readonly after: string | null };

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
      running.size < workers
        ? waiting.findIndex(({ after }) => after === null || finished.has(after))
        : -1;
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
