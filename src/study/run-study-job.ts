// One job of a study, wherever it runs.

import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../core/index.ts';
import { refuseHeldLock } from '../files/lock.ts';
import { watchForeignLock } from '../files/watch-lock.ts';
import { Diverged, type Listener, RunStopped } from '../run/events.ts';
import { isRunFolder, runPaths } from '../run/run-folder.ts';
import type { StudyJob } from './plan.ts';
import {
  hasEnded,
  jobDirectory,
  preparedFolder,
  readJobState,
  readPlan,
  recordDivergence,
  recordFailure,
  recordRefusal,
  type StagedExperiment,
} from './study-folder.ts';

export type JobOptions = {
  readonly listener?: Listener;
  /** Threads of one operation. */
  readonly threads?: number;
  /** Fires to stop after the step under way, with everything saved. */
  readonly signal?: AbortSignal;
  /** How long another process is waited for that is at the job; a minute by default. */
  readonly lockWaitMs?: number;
};

/**
 * Runs a job that a study has planned, or goes on with it, and leaves its result in the study's folder: any process that
 * sees the folder can. A job that has ended is left as it is.
 *
 * @param id of the job: `cells/copy/32/bptt/seed-0`
 * @returns `stopped` when the signal fired, and everything is saved
 * @throws UserError where the job cannot be run, or another process is at it; whatever the run throws, which is noted as
 *   the job's failure
 */
export async function runStudyJob(
  experiment: StagedExperiment,
  directory: string,
  id: string,
  options: JobOptions,
): Promise<'finished' | 'stopped'> {
  const { jobs } = readPlan(directory);
  const job = jobs.get(id);
  if (!job) {
    throw new UserError(`the study in ${directory} has no job ${id}`, {
      hint: `its jobs are listed in ${directory}/plan.json`,
    });
  }
  if (readJobState(directory, job, jobs) === 'finished') return 'finished';
  const missing = job.after.find((before) => !hasEnded(directory, before));
  if (missing !== undefined) {
    throw new UserError(`the job ${id} begins with the job ${missing}, which has not ended`, {
      hint: `run that one first: primordia study job ${directory} ${missing}`,
    });
  }
  const { lock } = runPaths(jobDirectory(directory, id));
  await watchForeignLock(lock);
  await waitForLock(lock, options);
  try {
    await run(experiment, directory, job, options);
    return 'finished';
  } catch (error) {
    if (error instanceof RunStopped) return 'stopped';
    if (error instanceof Diverged) {
      recordDivergence(directory, id, error.message);
      return 'finished';
    }
    if (error instanceof UserError && isRefused(experiment, jobDirectory(directory, id))) {
      recordRefusal(directory, id, error.message);
      return 'finished';
    }
    recordFailure(directory, id, error);
    throw error;
  }
}

/**
 * The jobs of a study whose process was killed stop after the step under way: whoever goes on with it at once meets them
 * still.
 *
 * @throws UserError where another process is at the job after that time too
 */
async function waitForLock(
  lock: string,
  { lockWaitMs = 60_000, signal }: Pick<JobOptions, 'lockWaitMs' | 'signal'>,
): Promise<void> {
  const untilMs = performance.now() + lockWaitMs;
  for (;;) {
    try {
      refuseHeldLock(lock);
      return;
    } catch (error) {
      if (performance.now() >= untilMs || signal?.aborted) throw error;
      await sleep(LOOK_EVERY_MS);
    }
  }
}

const LOOK_EVERY_MS = 200;

/** Whether a run ended because what a stage begins with has learned less than is required. */
function isRefused({ summarize }: StagedExperiment, place: string): boolean {
  return isRunFolder(place) && summarize(place).stages.some(({ refused }) => refused);
}

async function run(
  experiment: StagedExperiment,
  directory: string,
  { id, label, recipe }: StudyJob,
  options: JobOptions,
): Promise<void> {
  const place = jobDirectory(directory, id);
  const own = { ...options, directory: place, label, sharedData: preparedFolder(directory) };
  if (isRunFolder(place)) await experiment.resume(own);
  else await experiment.start(recipe, own);
}
