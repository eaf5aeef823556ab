// Runs a study of recurrent networks: first the runs that choose a learning rate, then those that count.

import { existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { UserError } from '../../core/index.ts';
import { readJsonFile, writeJsonAtomic } from '../../files/json.ts';
import { type Listener, RunStopped } from '../../run/events.ts';
import { createRunFolder, isRunFolder, lockRunFolder, runPaths } from '../../run/run-folder.ts';
import { explainFailures, type Failure, runInOrder } from '../../run/study/run-in-order.ts';
import { readRecurrentRecipe } from '../recurrent-folder.ts';
import { resumeRecurrent, startRecurrent } from '../run-recurrent.ts';
import type { RecurrentSummary } from '../summary.ts';
import {
  type Cell,
  planRuns,
  planTuning,
  type RecurrentJob,
  recurrentJobDirectory,
} from './plan.ts';
import { isRecurrentStudyInput, parseRecurrentStudy, type RecurrentStudy } from './study-recipe.ts';
import { type RecurrentStudySummary, summarizeRecurrentStudy, type Tuned } from './summarize.ts';

export type RecurrentStudyOptions = {
  readonly directory: string;
  /** Runs at a time; by default as many as there are processors, each with one thread. */
  readonly workers?: number;
  readonly listener?: Listener;
  /** Stops every run after the step under way, with everything saved. */
  readonly signal?: AbortSignal;
};

/** Whether a folder holds a study of recurrent networks. */
export function isRecurrentStudyFolder(directory: string): boolean {
  const file = studyPath(directory);
  return existsSync(file) && isRecurrentStudyInput(readJsonFile(file) as object);
}

function studyPath(directory: string): string {
  return path.join(directory, 'study.json');
}

/** The study that a folder holds. */
export function readRecurrentStudy(directory: string): RecurrentStudy {
  const file = studyPath(directory);
  return parseRecurrentStudy(readJsonFile(file), file);
}

/**
 * Runs what of a study has not been run yet, and sums it up. The same runs come out whatever the number of workers and
 * however often it was interrupted. A run that diverges does not stop the others: a rate that diverges is not chosen.
 *
 * @throws UserError for a folder in use, a recipe that does not hold or differs from that of a run that lies there, and,
 *   at the end, for runs that failed
 * @throws RunStopped when the signal fired
 */
export async function runRecurrentStudy(
  study: RecurrentStudy,
  options: RecurrentStudyOptions,
): Promise<RecurrentStudySummary> {
  const { directory, signal } = options;
  const tuning = planTuning(study);
  // Every recipe is checked before the first run.
  planRuns(study, () => null);
  if (!existsSync(studyPath(directory))) createRunFolder(directory);
  checkRuns(tuning, directory);
  const lock = lockRunFolder(directory);
  try {
    writeJsonAtomic(studyPath(directory), study);
    rmSync(runPaths(directory).summary, { force: true });
    const total = tuning.length + planRuns(study, () => null).length;
    const progress = createProgress(total, options);
    await runJobs(tuning, options, progress);
    if (signal?.aborted) throw new RunStopped(directory);
    const runs = planTuned(study, directory);
    checkRuns(runs, directory);
    const failures = await runJobs(runs, options, progress);
    if (signal?.aborted) throw new RunStopped(directory);
    const summary = summarizeRecurrentStudy(study, runs, chooseRates(study, directory), directory);
    if (failures.length > 0) throw explainFailures(failures, summary.runs);
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
  const runs = planTuned(study, directory);
  return summarizeRecurrentStudy(study, runs, chooseRates(study, directory), directory);
}

function planTuned(study: RecurrentStudy, directory: string): RecurrentJob[] {
  const tuned = chooseRates(study, directory);
  return planRuns(study, (cell) => tuned.find((entry) => isSame(entry, cell))?.chosen ?? null);
}

const isSame = (a: Cell, b: Cell) =>
  a.task === b.task && a.length === b.length && a.algorithm === b.algorithm;

/** Of every tuned cell the rates and their mean final losses; the lowest is chosen. */
function chooseRates(study: RecurrentStudy, directory: string): Tuned[] {
  const tuned = new Map<string, Tuned>();
  for (const job of planTuning(study)) {
    const file = runPaths(recurrentJobDirectory(directory, job)).summary;
    const summary = existsSync(file) ? (readJsonFile(file) as RecurrentSummary) : null;
    // A run that diverged has no summary.
    const loss = summary?.rollout?.loss ?? Number.POSITIVE_INFINITY;
    const { task, length, algorithm } = job;
    const key = [task, length, algorithm].join('/');
    const entry = tuned.get(key) ?? { task, length, algorithm, losses: [], chosen: job.tried! };
    const losses = entry.losses.some(({ rate }) => rate === job.tried)
      ? entry.losses.map((one) =>
          one.rate === job.tried
            ? { ...one, loss: one.loss + loss / study.tuning.seeds.length }
            : one,
        )
      : [...entry.losses, { rate: job.tried!, loss: loss / study.tuning.seeds.length }];
    const best = losses.reduce((a, b) => (b.loss < a.loss ? b : a));
    tuned.set(key, { ...entry, losses, chosen: best.rate });
  }
  return [...tuned.values()];
}

/** A run that lies there must be the one that the study asks for now. */
function checkRuns(jobs: readonly RecurrentJob[], directory: string): void {
  for (const job of jobs) {
    const folder = recurrentJobDirectory(directory, job);
    if (!isRunFolder(folder)) continue;
    if (describe(readRecurrentRecipe(folder)) === describe(job.recipe)) continue;
    throw new UserError(`${folder} was run under another recipe than now`, {
      hint: 'choose another --out, or remove that folder',
    });
  }
}

function describe({ description: _, checkpoint: __, engine, ...rest }: RecurrentJob['recipe']) {
  return JSON.stringify({ ...rest, target: engine.target });
}

type Progress = (job: RecurrentJob) => { readonly listener: Listener; readonly finish: () => void };

async function runJobs(
  jobs: readonly RecurrentJob[],
  { directory, workers = availableParallelism(), signal }: RecurrentStudyOptions,
  progress: Progress,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const isDone = (job: RecurrentJob) =>
    existsSync(runPaths(recurrentJobDirectory(directory, job)).summary);
  const finished = new Set(jobs.filter(isDone).map(({ id }) => id));
  await runInOrder(jobs, finished, { workers, signal }, async (job) => {
    const { listener, finish } = progress(job);
    try {
      await runJob(job, {
        directory: recurrentJobDirectory(directory, job),
        arm: describeJob(job),
        listener,
        ...(signal ? { signal } : {}),
        ...(workers > 1 ? { threads: 1 } : {}),
      });
      finish();
      return true;
    } catch (error) {
      if (error instanceof RunStopped) return false;
      // A rate that is too high is what tuning is there to find.
      if (job.tried === null) {
        failures.push({ name: describeJob(job), error: error as Error });
      }
      finish();
      return false;
    }
  });
  return failures;
}

async function runJob(
  job: RecurrentJob,
  options: Parameters<typeof startRecurrent>[1],
): Promise<void> {
  if (isRunFolder(options.directory)) {
    await resumeRecurrent(options);
    return;
  }
  // A process that was killed while it began leaves a folder without a recipe.
  rmSync(options.directory, { recursive: true, force: true });
  await startRecurrent(job.recipe, options);
}

/** `copy 32 bptt seed 0` */
function describeJob({ task, length, algorithm, seed, tried }: RecurrentJob): string {
  return `${task} ${length} ${algorithm}${tried === null ? '' : ` at ${tried}`} seed ${seed}`;
}

/** Tells of runs and of the time left, judged by the runs that are done. */
function createProgress(total: number, options: RecurrentStudyOptions): Progress {
  const { listener = () => {}, workers = availableParallelism() } = options;
  const beganMs = performance.now();
  let begun = 0;
  let done = 0;
  const etaSeconds = () =>
    done === 0 ? 0 : ((performance.now() - beganMs) / 1000 / done) * (total - done);
  return (job) => {
    begun += 1;
    return {
      listener: (event) => {
        if (event.kind === 'step') listener({ ...event, etaSeconds: etaSeconds() });
        else if (event.kind === 'message')
          listener({ kind: 'message', text: `${describeJob(job)}: ${event.text}` });
      },
      finish: () => {
        done += 1;
        listener({
          ...{ kind: 'job', job: describeJob(job), done, total: Math.max(total, begun), workers },
          etaSeconds: etaSeconds(),
        });
      },
    };
  };
}
