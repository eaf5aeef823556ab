// Runs a study of recurrent networks: first the runs that choose a learning rate, then those that count.

import { availableParallelism } from 'node:os';
import { UserError } from '../../core/index.ts';
import { writeJsonAtomic } from '../../files/json.ts';
import { type Listener, RunStopped } from '../../run/events.ts';
import { isRunFolder, type RunLock, runPaths, tidyRunFolder } from '../../run/run-folder.ts';
import { Diverged } from '../../run/stage.ts';
import { explainFailures, type Failure, runInOrder } from '../../run/study/run-in-order.ts';
import { type RecurrentOptions, resumeRecurrent, startRecurrent } from '../run-recurrent.ts';
import { chooseRates, planChosen, type Tuned } from './choose-rates.ts';
import { planRuns, planTuning, type RecurrentJob } from './plan-study.ts';
import {
  checkRuns,
  openRecurrentStudy,
  readOutcome,
  readRecurrentStudy,
  recordDivergence,
  recurrentJobDirectory,
} from './study-folder.ts';
import type { RecurrentStudy } from './study-recipe.ts';
import { type RecurrentStudySummary, summarizeRecurrentStudy } from './summarize-study.ts';
import { tryRuns } from './try-runs.ts';

export type RecurrentStudyOptions = {
  readonly directory: string;
  /** Runs at a time; by default as many as there are processors. Where it is more than one, each has one thread. */
  readonly workers?: number;
  readonly listener?: Listener;
  /** Stops every run after the step under way, with everything saved. */
  readonly signal?: AbortSignal;
};

/**
 * Runs what of a study has not been run yet, and sums it up. The same runs come out whatever the number of workers and
 * however often it was interrupted. That a run diverged is a result: it is noted, not tried again, and named in the
 * summary; a rate that diverges is not chosen.
 *
 * @throws UserError for a run that could not begin, before any has begun; for a folder in use, a study that does not hold or does not go with the runs that lie there; where
 *   every rate of a task diverged; and, at the end, for runs that failed otherwise
 * @throws RunStopped when the signal fired
 */
export async function runRecurrentStudy(
  study: RecurrentStudy,
  options: RecurrentStudyOptions,
): Promise<RecurrentStudySummary> {
  const { directory } = options;
  const read = (job: RecurrentJob) => readOutcome(directory, job);
  const tuning = planTuning(study);
  const planned = [...tuning, ...planRuns(study, () => null)];
  tryRuns(planned.filter((job) => read(job) === null));
  const lock = openRecurrentStudy(study, directory);
  try {
    const progress = createProgress(planned, options);
    await runJobs(tuning, lock, options, progress);
    const tuned = chooseRates(study, read);
    requireRates(tuned);
    const runs = planChosen(study, tuned);
    checkRuns(runs, directory);
    await runJobs(runs, lock, options, progress);
    const summary = summarizeRecurrentStudy(study, runs, tuned, read);
    writeJsonAtomic(runPaths(directory).summary, summary);
    return summary;
  } finally {
    lock.release();
  }
}

/** Goes on with the study that a folder holds. */
export function resumeRecurrentStudy(
  options: RecurrentStudyOptions,
): Promise<RecurrentStudySummary> {
  return runRecurrentStudy(readRecurrentStudy(options.directory), options);
}

/** A study's numbers so far, from a folder in which runs may be missing. */
export function readRecurrentStudySummary(directory: string): RecurrentStudySummary {
  const study = readRecurrentStudy(directory);
  const read = (job: RecurrentJob) => readOutcome(directory, job);
  const tuned = chooseRates(study, read);
  return summarizeRecurrentStudy(study, planChosen(study, tuned), tuned, read);
}

function requireRates(tuned: readonly Tuned[]): void {
  const none = tuned.find(({ chosen }) => chosen === null);
  if (!none) return;
  const { task, length, algorithm } = none;
  throw new UserError(`${task} ${length} ${algorithm}: training diverged at every rate`, {
    hint: 'add lower ones to tuning.learningRates',
  });
}

type Progress = (job: RecurrentJob) => { readonly listener: Listener; readonly finish: () => void };

/** Throws UserError at the end for runs that failed, but for those that diverged; RunStopped when the signal fired. */
async function runJobs(
  jobs: readonly RecurrentJob[],
  lock: RunLock,
  { directory, workers = availableParallelism(), signal }: RecurrentStudyOptions,
  progress: Progress,
): Promise<void> {
  const failures: Failure[] = [];
  const done = jobs.filter((job) => readOutcome(directory, job) !== null);
  for (const job of done) tidyRunFolder(recurrentJobDirectory(directory, job));
  const finished = new Set(done.map(({ id }) => id));
  await runInOrder(jobs, finished, { workers, signal }, async (job) => {
    const { listener, finish } = progress(job);
    try {
      // Else the run would make the folder anew in the study's old place.
      lock.requireFolder();
      await runJob(job, {
        directory: recurrentJobDirectory(directory, job),
        arm: describeJob(job),
        listener,
        ...(signal ? { signal } : {}),
        ...(workers > 1 ? { threads: 1 } : {}),
      });
    } catch (error) {
      if (error instanceof RunStopped) return false;
      if (!(error instanceof Diverged)) {
        failures.push({ name: describeJob(job), error: error as Error });
        return false;
      }
      recordDivergence(directory, job, error.message);
    }
    finish();
    return true;
  });
  lock.requireFolder();
  if (signal?.aborted) throw new RunStopped(directory);
  if (failures.length > 0) {
    throw explainFailures(failures, { total: jobs.length, finished: finished.size });
  }
}

async function runJob(job: RecurrentJob, options: RecurrentOptions): Promise<void> {
  if (isRunFolder(options.directory)) {
    await resumeRecurrent(options);
    return;
  }
  await startRecurrent(job.recipe, options);
}

/** `copy 32 bptt seed 0` */
function describeJob({ task, length, algorithm, seed, tried }: RecurrentJob): string {
  return `${task} ${length} ${algorithm}${tried === null ? '' : ` at ${tried}`} seed ${seed}`;
}

/** Tells of runs and of the time left, judged by tokens times steps, which is about what a run costs. */
function createProgress(jobs: readonly RecurrentJob[], options: RecurrentStudyOptions): Progress {
  const { listener = () => {}, workers = availableParallelism() } = options;
  const beganMs = performance.now();
  const open = new Map(
    jobs
      .filter((job) => readOutcome(options.directory, job) === null)
      .map((job) => [job.id, costOf(job)]),
  );
  const sum = () => [...open.values()].reduce((a, b) => a + b, 0);
  const total = sum();
  listener({ kind: 'study-begins', done: jobs.length - open.size, total: jobs.length });
  const etaSeconds = () => {
    const spent = (performance.now() - beganMs) / 1000;
    return total === sum() ? 0 : (spent * sum()) / (total - sum());
  };
  return (job) => ({
    listener: (event) => {
      if (event.kind === 'step') listener({ ...event, etaSeconds: etaSeconds() });
      else if (event.kind === 'message')
        listener({ kind: 'message', text: `${describeJob(job)}: ${event.text}` });
    },
    finish: () => {
      open.delete(job.id);
      const done = jobs.length - open.size;
      listener({
        ...{ kind: 'job', job: describeJob(job), done, total: jobs.length, workers },
        etaSeconds: etaSeconds(),
      });
    },
  });
}

/** Steps times tokens; SMT and DMT take longer for a step than BPTT does. */
function costOf({ recipe, length }: RecurrentJob): number {
  const { smt, dmt, bptt } = recipe;
  return length * (2 * (smt?.steps ?? 0) + 2 * (dmt?.steps ?? 0) + (bptt?.steps ?? 0));
}
