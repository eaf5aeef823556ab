// Runs one job of a study, on any machine.

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
  /** Stops the run after the current step, with everything saved. */
  readonly signal?: AbortSignal;
  /** How long to wait for another process that runs the job; a minute by default. */
  readonly lockWaitMs?: number;
};

/**
 * Runs a job that a study has planned, or resumes it, and leaves its result in the study's folder: any process that
 * sees the folder can. A job that has ended is left as it is.
 *
 * @param id of the job: `cells/copy/32/bptt/seed-0`
 * @returns `stopped` when the signal fired, and everything is saved
 * @throws UserError if the job cannot be run, or another process runs it; also whatever the run throws, which is recorded as the
 *   job's failure
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
    throw new UserError(`the job ${id} starts from the job ${missing}, which is not finished`, {
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
 * The jobs of a study whose process was killed stop after the current step, so they may still run when the study is resumed at
 * once.
 *
 * @throws UserError if another process still runs the job after that time
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

/** Whether a run ended because the source of a stage has learned less than required. */
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
