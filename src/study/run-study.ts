// Runs a study: first the runs that choose values, then those that count. Each job starts as soon as the one that it starts from is
// done.

import { availableParallelism } from 'node:os';
import { plural, UserError } from '../core/index.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { watchForeignLock } from '../files/watch-lock.ts';
import { type Listener, type RunEvent, RunStopped } from '../run/events.ts';
import type { PluginRecord } from '../run/provenance.ts';
import { isRunFolder, type RunLock, runPaths, tidyRunFolder } from '../run/run-folder.ts';
import { divergedAtAll, type Tuned } from './choose-values.ts';
import type { Executor, Job, JobState } from './executors/executor.ts';
import { createInProcessExecutor } from './executors/in-process.ts';
import { refuseSuperseded } from './judge-source.ts';
import type { StudyRun } from './list-runs.ts';
import type { Plan, StudyJob } from './plan.ts';
import { requireSameData } from './require-same-data.ts';
import { runStudyJob } from './run-study-job.ts';
import {
  hasEnded,
  jobDirectory,
  jobFolder,
  openStudyFolder,
  readJobState,
  readStudy,
  type StagedExperiment,
  writePlan,
} from './study-folder.ts';
import { createStudyProgress, type StudyProgress } from './study-progress.ts';
import type { Study } from './study-schema.ts';
import { listAllRuns, readStudyState, type StudyState } from './study-state.ts';
import { type StudySummary, summarizeStudy } from './summarize-study.ts';
import { tryRuns } from './try-runs.ts';

/** What is needed to create an executor of a study's jobs. */
export type ExecutorContext = {
  /** The study's folder. */
  readonly directory: string;
  /** Jobs at a time. */
  readonly workers: number;
  /** The same, if it was requested; a cluster has no default. */
  readonly askedWorkers: number | undefined;
  readonly jobState: (job: Job) => JobState;
  /** Throws if the study's folder no longer belongs to this process. */
  readonly requireFolder: () => void;
  /** Runs a job in this process. */
  readonly runJob: (
    job: Job,
    signal: AbortSignal,
    tell: (data: unknown) => void,
  ) => Promise<'finished' | 'stopped'>;
};

export type StudyOptions = {
  readonly directory: string;
  /**
   * Jobs at a time; by default one per processor, and on a cluster no limit. If there is more than one, each has one thread on
   * this machine.
   */
  readonly workers?: number;
  /** Where jobs run: by default in this process. */
  readonly createExecutor?: (context: ExecutorContext) => Executor;
  /** The plugins that added kinds, for the provenance. */
  readonly plugins?: readonly PluginRecord[];
  readonly listener?: Listener;
  /** Stops every job after its current step, with everything saved. */
  readonly signal?: AbortSignal;
};

/**
 * Runs those jobs of a study that have not been run yet, and sums them up. The numbers are the same, to the bit, whatever the
 * executor and its workers and however often the study was interrupted. A run that diverges is a result: it is recorded, not tried
 * again, and named in the summary. A value at which training diverges is not chosen, and a cell without another value has diverged.
 * A job that fails otherwise stops only the jobs that start from it.
 *
 * @throws UserError for a run that cannot start, before any has started; for a folder in use; for an invalid study, or one that
 *   contradicts the jobs that have started; and at the end for failed jobs, and tuning without a result
 * @throws RunStopped if the signal fired
 */
export async function runStudy(
  study: Study,
  experiment: StagedExperiment,
  options: StudyOptions,
): Promise<StudySummary> {
  const { directory, signal } = options;
  const state = readStudyState(study, experiment, directory);
  refuseSuperseded(study, state, directory);
  const all = [...state.tuning, ...listAllRuns(study, experiment, state.tuned)];
  requireSameData(study, all);
  await tryRuns(listUntried(all, state, directory), experiment, directory);
  const say = (text: string) => options.listener?.({ kind: 'message', text });
  await watchForeignLock(runPaths(directory).lock, { onWait: say });
  const lock = openStudyFolder(study, directory, options.plugins);
  return lock.guard(async () => {
    const waves = createWaves(experiment, lock, options);
    const failures = await waves(state, state.tuning, all);
    const chosen = readStudyState(study, experiment, directory);
    failures.push(...(await waves(chosen, chosen.runs, [])));
    lock.requireFolder();
    if (signal?.aborted) throw new RunStopped(directory);
    const end = readStudyState(study, experiment, directory);
    const summary = summarizeStudy(study, end);
    failures.push(...end.tuned.flatMap((tuned) => explainTuning(tuned) ?? []));
    if (failures.length > 0) throw explainFailures(failures, end.plan, directory);
    writeJsonAtomic(runPaths(directory).summary, summary);
    return summary;
  });
}

/** Resumes the study that a folder holds. */
export function resumeStudy(
  experiment: StagedExperiment,
  options: StudyOptions,
): Promise<StudySummary> {
  return runStudy(readStudy(options.directory), experiment, options);
}

/** A study's numbers so far, from a folder in which runs may be missing. */
export function readStudySummary(
  experiment: Pick<StagedExperiment, 'parse' | 'summarize'>,
  directory: string,
): StudySummary {
  const study = readStudy(directory);
  return summarizeStudy(study, readStudyState(study, experiment, directory));
}

/** Runs of which something has not begun. */
function listUntried(
  runs: readonly StudyRun[],
  { plan }: StudyState,
  directory: string,
): StudyRun[] {
  return runs.filter(({ id }) => {
    const job = plan.jobOf.get(id);
    return job === undefined || !hasEnded(directory, job);
  });
}

type Failure = { readonly name: string; readonly error: Error };

/** Runs the jobs of some runs, and returns those that failed. */
function createWaves(experiment: StagedExperiment, lock: RunLock, options: StudyOptions) {
  const { directory, listener = () => {}, signal } = options;
  const workers = options.workers ?? availableParallelism();
  const createExecutor = options.createExecutor ?? createInProcessExecutor;
  let planned: ReadonlyMap<string, StudyJob> = new Map();
  const progress = createStudyProgress({
    workers,
    listener,
    hasEnded: ({ id }) => hasEnded(directory, id),
    hasBegun: ({ id }) => isRunFolder(jobDirectory(directory, id)),
  });
  const executor = createExecutor({
    directory,
    workers,
    askedWorkers: options.workers,
    requireFolder: lock.requireFolder,
    jobState: (job) => readJobState(directory, job, planned),
    runJob: async ({ id }, stop, tell) => {
      // Otherwise the run would create the folder again in the study's old place.
      lock.requireFolder();
      const threads = workers > 1 ? { threads: 1 } : {};
      return runStudyJob(experiment, directory, id, { ...threads, listener: tell, signal: stop });
    },
  });
  return async (
    { plan }: StudyState,
    runs: readonly StudyRun[],
    coming: readonly StudyRun[],
  ): Promise<Failure[]> => {
    if (signal?.aborted) return [];
    lock.requireFolder();
    writePlan(directory, plan);
    planned = plan.jobs;
    const jobs = listJobs(plan, runs);
    for (const { id } of jobs) {
      if (hasEnded(directory, id)) tidyRunFolder(jobDirectory(directory, id));
    }
    const known = new Set(plan.jobOf.keys());
    const later = coming.filter(({ id }) => !known.has(id)).map((run) => ({ ...run, after: [] }));
    progress.setJobs([...plan.jobs.values(), ...later]);
    return runJobs(executor, jobs, progress, options);
  };
}

/** The jobs of some runs, in the order of the plan. */
function listJobs({ jobs, jobOf }: Plan, runs: readonly StudyRun[]): StudyJob[] {
  const wanted = new Set<string>();
  const visit = (id: string) => {
    wanted.add(id);
    jobs.get(id)!.after.forEach(visit);
  };
  for (const { id } of runs) visit(jobOf.get(id)!);
  return [...jobs.values()].filter(({ id }) => wanted.has(id));
}

async function runJobs(
  executor: Executor,
  jobs: readonly StudyJob[],
  progress: StudyProgress,
  { listener = () => {}, signal }: StudyOptions,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const labels = new Map(jobs.map(({ id, label }) => [id, label]));
  const list = jobs.map(({ id, after }) => ({ id, after, directory: jobFolder(id) }));
  for await (const event of executor.run(list, signal)) {
    switch (event.kind) {
      case 'progress':
        progress.tell(event.job, event.data as RunEvent);
        break;
      case 'finished':
        progress.finish(event.job);
        break;
      case 'lost':
        listener({ kind: 'message', text: `${labels.get(event.job)}: ${event.message}` });
        break;
      case 'message':
        listener({ kind: 'message', text: event.text });
        break;
      case 'failed': {
        const { message, hint } = event;
        const error =
          event.error instanceof Error
            ? event.error
            : new UserError(message, hint === undefined ? {} : { hint });
        failures.push({ name: labels.get(event.job)!, error });
      }
    }
  }
  return failures;
}

function explainTuning(tuned: Tuned): Failure | null {
  const { cell, key, chosen, tried } = tuned;
  if (chosen !== null || divergedAtAll(tuned)) return null;
  if (tried.some(({ state }) => state === 'open')) return null;
  return {
    name: cell,
    error: new UserError(`no value of ${key} has a result`, {
      hint: 'name another tuning.metric',
    }),
  };
}

/** The first of several failures, with their number and what is kept; an internal error is left unchanged. */
function explainFailures(failures: readonly Failure[], plan: Plan, directory: string): Error {
  const { name, error } = failures[0]!;
  if (!(error instanceof UserError)) return error;
  const finished = [...plan.jobs.keys()].filter((id) => hasEnded(directory, id)).length;
  const waiting = plan.jobs.size - finished - failures.length;
  const counts =
    failures.length === 1
      ? name
      : `${plural(failures.length, 'job')} failed, the first of them ${name}`;
  const others =
    waiting > 0
      ? ` (${plural(waiting, 'job')} that ${waiting === 1 ? 'begins' : 'begin'} with failed ones ${waiting === 1 ? 'is' : 'are'} waiting)`
      : '';
  const hints = [
    error.hint,
    finished > 0 ? 'the other jobs are saved: the same command tries the failed ones again' : '',
  ].filter(Boolean);
  return new UserError(`${counts}: ${error.message}${others}`, {
    ...(hints.length > 0 ? { hint: hints.join('; ') } : {}),
    cause: error,
  });
}
