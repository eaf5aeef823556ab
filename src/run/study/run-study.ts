// Runs a study: its jobs side by side, each as soon as the model it begins with is there.

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { writeJsonAtomic } from '../../files/json.ts';
import { hasText } from '../../training/data/prepare-text.ts';
import { type Listener, RunStopped } from '../events.ts';
import { isRunFolder, type RunLock, runPaths, textFolder, tidyRunFolder } from '../run-folder.ts';
import { resumeRun, startRun } from '../train-run.ts';
import { planStudy, type StudyJob } from './plan-study.ts';
import { explainFailures, type Failure, runInOrder } from './run-in-order.ts';
import { jobDirectory, openStudyFolder, readStudy } from './study-folder.ts';
import type { Study } from './study-recipe.ts';
import { requireVerdicts, type StudySummary, summarizeStudy } from './summarize-study.ts';
import { tryJobs } from './try-jobs.ts';

export type StudyOptions = {
  readonly directory: string;
  /** Runs at a time; by default as many as there are processors, each with one thread. */
  readonly workers?: number;
  readonly listener?: Listener;
  /** Fires to stop every run after the step under way, with everything saved. */
  readonly signal?: AbortSignal;
};

/**
 * Runs what of a study has not been run yet, and sums it up. The same runs come out, to the bit, whatever the number
 * of workers and however often the study was interrupted.
 *
 * A run that fails by itself (it diverges) does not stop the others.
 *
 * @throws UserError for a run that could not begin, before any has begun; for a folder in use, a recipe that does not hold, and, at the end, for runs that failed
 * @throws RunStopped when the signal fired
 */
export async function runStudy(study: Study, options: StudyOptions): Promise<StudySummary> {
  const { directory } = options;
  const jobs = planStudy(study, directory);
  requireVerdicts(jobs, directory);
  const prepared = new Set(
    jobs.filter((job) => hasText(textFolder(jobDirectory(directory, job)))).map(describeText),
  );
  const unfinished = jobs.filter((job) => !isFinished(directory, job));
  await tryJobs(unfinished, (job) => prepared.has(describeText(job)));
  const lock = openStudyFolder(study, jobs, directory);
  try {
    const failures = await runJobs(jobs, lock, options);
    lock.requireFolder();
    if (options.signal?.aborted) throw new RunStopped(directory);
    const summary = summarizeStudy(study, jobs, directory);
    if (failures.length > 0) {
      const { finished } = summary.runs;
      throw explainFailures(failures, { total: jobs.length, finished });
    }
    writeJsonAtomic(runPaths(directory).summary, summary);
    return summary;
  } finally {
    lock.release();
  }
}

/** Goes on with the study that a folder holds. */
export function resumeStudy(options: StudyOptions): Promise<StudySummary> {
  return runStudy(readStudy(options.directory), options);
}

async function runJobs(
  jobs: readonly StudyJob[],
  lock: RunLock,
  options: StudyOptions,
): Promise<Failure[]> {
  const { directory, listener = () => {}, signal } = options;
  const workers = options.workers ?? availableParallelism();
  const failures: Failure[] = [];
  const done = jobs.filter((job) => isFinished(directory, job));
  for (const job of done) tidyRunFolder(jobDirectory(directory, job));
  const finished = new Set(done.map(({ id }) => id));
  const progress = createProgress(jobs, finished, workers, listener);
  const texts = new Map<string, string>();

  // Whoever comes later has the same text, also where the corpus has changed since.
  const shareText = (job: StudyJob) => {
    const place = jobDirectory(directory, job);
    const textKey = describeText(job);
    if (job.recipe.text && !texts.has(textKey) && hasText(textFolder(place)))
      texts.set(textKey, place);
  };
  const start = (job: StudyJob): Promise<boolean> => {
    const textKey = describeText(job);
    const run = runJob(job, lock, {
      directory,
      ...(signal ? { signal } : {}),
      ...(workers > 1 ? { threads: 1 } : {}),
      preparedText: texts.get(textKey),
      listener: progress.listen(job),
    }).then(
      () => {
        progress.finish(job);
        return true;
      },
      (error: Error) => {
        if (!(error instanceof RunStopped)) failures.push({ name: describeJob(job), error });
        return false;
      },
    );
    // A run prepares its text before it first waits for anything.
    shareText(job);
    return run;
  };

  for (const job of jobs) shareText(job);
  await runInOrder(jobs, finished, { workers, signal }, start);
  return failures;
}

function isFinished(directory: string, job: StudyJob): boolean {
  return existsSync(runPaths(jobDirectory(directory, job)).summary);
}

/** Runs with the same text can share what was made of it. */
function describeText({ recipe }: StudyJob): string {
  const { corpus, tokenizer, validationFraction } = recipe.text ?? {};
  return JSON.stringify([corpus, tokenizer, validationFraction, recipe.seed]);
}

type JobOptions = {
  readonly directory: string;
  readonly signal?: AbortSignal;
  readonly threads?: number;
  readonly preparedText: string | undefined;
  readonly listener: Listener;
};

async function runJob(job: StudyJob, lock: RunLock, options: JobOptions): Promise<void> {
  // Else the run would make the folder anew in the study's old place.
  lock.requireFolder();
  const { directory: studyDirectory, preparedText, ...rest } = options;
  const directory = jobDirectory(studyDirectory, job);
  const text = preparedText ? { preparedText } : {};
  const train = { ...rest, ...text, directory, arm: describeJob(job) };
  if (isRunFolder(directory)) {
    // Equal but for the source's place, which moves with the study.
    writeJsonAtomic(runPaths(directory).recipe, job.recipe);
    await resumeRun(train);
    return;
  }
  await startRun(job.recipe, train);
}

/** `web nca seed 3` */
function describeJob({ corpus, name, seed }: StudyJob): string {
  return `${corpus === null ? '' : `${corpus} `}${name} seed ${seed}`;
}

/** Tells of jobs and of the time left, judged by the tokens that are done. */
function createProgress(
  jobs: readonly StudyJob[],
  finished: ReadonlySet<string>,
  workers: number,
  listener: Listener,
) {
  const beganMs = performance.now();
  const left = new Map(
    jobs.filter(({ id }) => !finished.has(id)).map((job) => [job.id, countTokens(job)]),
  );
  const total = sum(left.values());
  listener({ kind: 'study-begins', done: jobs.length - left.size, total: jobs.length });
  const etaSeconds = () => {
    const open = sum(left.values());
    return ((performance.now() - beganMs) / 1000) * (open / Math.max(1, total - open));
  };
  return {
    listen:
      (job: StudyJob): Listener =>
      (event) => {
        if (event.kind === 'step') {
          left.set(job.id, countTokens(job) * (1 - event.step / event.steps));
          listener({ ...event, etaSeconds: etaSeconds() });
        } else if (event.kind === 'message')
          listener({ kind: 'message', text: `${describeJob(job)}: ${event.text}` });
        else if (event.kind === 'gate') listener({ ...event, arm: describeJob(job) });
      },
    finish: (job: StudyJob) => {
      left.delete(job.id);
      listener({
        kind: 'job',
        job: describeJob(job),
        done: jobs.length - left.size,
        total: jobs.length,
        workers,
        etaSeconds: etaSeconds(),
      });
    },
  };
}

function countTokens({ recipe }: StudyJob): number {
  const stage = recipe.text ?? recipe.source!;
  return stage.steps * stage.batchSize * stage.accumulate * stage.contextLength;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
