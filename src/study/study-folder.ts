// The folder of a study: the study, its plan, its jobs as run folders below, and how each of them ended.
//
// run.json, study.json, plan.json, provenance.json, summary.json, report.html
// jobs/ID/         a run each
// failed/ID.json   why a job failed, until it is tried again
// prepared/        what runs prepare of equal data

import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { ensureDirectory } from '../files/atomic.ts';
import { readCheckedJson } from '../files/checked-json.ts';
import { readJsonFile, writeJsonAtomic } from '../files/json.ts';
import type { Experiment, RunSummary } from '../run/experiment.ts';
import { withPluginPaths, withRelativePlugins } from '../run/plugin-paths.ts';
import { collectProvenance, type PluginRecord } from '../run/provenance.ts';
import {
  createRunFolder,
  isRunFolder,
  lockRunFolder,
  type RunLock,
  runPaths,
} from '../run/run-folder.ts';
import type { JobState } from './executors/executor.ts';
import type { Outcome } from './outcome.ts';
import { isStudyInput, parseStudy } from './parse-study.ts';
import type { Plan, StudyJob } from './plan.ts';
import type { StagedRecipe } from './split-recipe.ts';
import type { Study } from './study-schema.ts';

/** The kind of run that a study can be of. */
export type StagedExperiment = Experiment<StagedRecipe, RunSummary>;

function studyPaths(directory: string) {
  const at = (name: string) => path.join(directory, name);
  return {
    record: at('run.json'),
    study: at('study.json'),
    plan: at('plan.json'),
    jobs: at('jobs'),
    failed: at('failed'),
  };
}

/** Folder in which the runs of a study share what they prepare of equal data. */
export function preparedFolder(directory: string): string {
  return path.join(directory, 'prepared');
}

/** A job's folder, relative to the study's. */
export function jobFolder(id: string): string {
  return path.posix.join('jobs', id);
}

export function jobDirectory(directory: string, id: string): string {
  return path.join(directory, jobFolder(id));
}

function divergedPath(directory: string, id: string): string {
  return path.join(jobDirectory(directory, id), 'diverged.json');
}

function refusedPath(directory: string, id: string): string {
  return path.join(jobDirectory(directory, id), 'refused.json');
}

function failedPath(directory: string, id: string): string {
  return path.join(studyPaths(directory).failed, `${id}.json`);
}

/** Whether a folder holds a study with axes. */
export function isStudyFolder(directory: string): boolean {
  const { study } = studyPaths(directory);
  if (!existsSync(study)) return false;
  const value = readJsonFile(study);
  return typeof value === 'object' && value !== null && isStudyInput(value);
}

/** The study that a folder holds. Throws UserError where it holds none, or a damaged one. */
export function readStudy(directory: string): Study {
  const { study } = studyPaths(directory);
  if (!existsSync(study)) {
    throw new UserError(`${directory} does not hold a study`, {
      hint: 'name the folder that was given with --out when the study began',
    });
  }
  return parseStudy(withPluginPaths(readJsonFile(study), directory), study);
}

/** Recipes of the jobs that have begun, by id. */
export function readBegun(
  directory: string,
  { parse }: Pick<StagedExperiment, 'parse'>,
): Map<string, StagedRecipe> {
  const begun = new Map<string, StagedRecipe>();
  const visit = (id: string) => {
    const place = jobDirectory(directory, id);
    if (isRunFolder(place)) {
      const { recipe } = runPaths(place);
      begun.set(id, parse(withPluginPaths(readJsonFile(recipe), place), recipe));
      return;
    }
    if (id.split('/').length > MAX_DEPTH) return;
    for (const entry of readdirSync(place, { withFileTypes: true })) {
      if (entry.isDirectory()) visit(path.posix.join(id, entry.name));
    }
  };
  if (existsSync(studyPaths(directory).jobs)) visit('');
  return begun;
}

/** Axes of a study, with some to spare. */
const MAX_DEPTH = 20;

/**
 * Starts the folder of a study, or opens the existing one.
 *
 * @returns the folder's lock, which the caller releases
 * @throws UserError if the folder holds something else, or another process uses it; it is then left unchanged
 */
export function openStudyFolder(
  study: Study,
  directory: string,
  plugins: readonly PluginRecord[] = [],
): RunLock {
  const isNew = !isStudyFolder(directory);
  if (isNew) createRunFolder(directory);
  const lock = lockRunFolder(directory);
  try {
    const paths = studyPaths(directory);
    writeJsonAtomic(paths.study, withRelativePlugins(study, directory));
    writeJsonAtomic(paths.record, { format: 2, kind: 'study' });
    // The provenance of each run is recorded with it; the plugins are those of all of them.
    const { provenance } = runPaths(directory);
    if (!existsSync(provenance)) writeJsonAtomic(provenance, collectProvenance({ plugins }));
    // A summary means that a study is complete, and failed jobs are tried again.
    rmSync(runPaths(directory).summary, { force: true });
    rmSync(paths.failed, { recursive: true, force: true });
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

const planSchema = z.strictObject({
  jobs: z.array(
    z.strictObject({
      id: z.string(),
      label: z.string(),
      after: z.array(z.string()),
      recipe: z.looseObject({ name: z.string(), seed: z.int() }),
    }),
  ),
  /** The job that ends each run: several runs that ask for the same have one. */
  runs: z.record(z.string(), z.string()),
});

/** Records the jobs, so that each of them can be run anywhere by its id. */
export function writePlan(directory: string, { jobs, jobOf }: Plan): void {
  const written = [...jobs.values()].map((job) => ({
    ...job,
    recipe: withRelativePlugins(job.recipe, directory),
  }));
  writeJsonAtomic(studyPaths(directory).plan, { jobs: written, runs: Object.fromEntries(jobOf) });
}

/** Whether a study has planned its jobs. */
export function hasPlan(directory: string): boolean {
  return existsSync(studyPaths(directory).plan);
}

/** The plan of a study. */
export function readPlan(directory: string): Plan {
  const { plan } = studyPaths(directory);
  if (!hasPlan(directory)) {
    throw new UserError(`${directory} does not hold a study that has begun`, {
      hint: 'begin it with: primordia study RECIPE --out DIR',
    });
  }
  const { jobs, runs } = readCheckedJson(plan, planSchema, 'the plan of a study');
  return {
    jobs: new Map(
      jobs.map((job) => {
        const recipe = withPluginPaths(job.recipe, directory) as StagedRecipe;
        return [job.id, { ...job, recipe }];
      }),
    ),
    jobOf: new Map(Object.entries(runs)),
  };
}

const divergedSchema = z.object({ diverged: z.string() });

/** How a job ended; null while it has not, and if it failed. */
export function readOutcome(
  directory: string,
  id: string,
  { summarize }: Pick<StagedExperiment, 'summarize'>,
): Outcome | null {
  const place = jobDirectory(directory, id);
  const isDone = existsSync(runPaths(place).summary) || existsSync(refusedPath(directory, id));
  if (isDone) return { state: 'done', summary: summarize(place) };
  const diverged = divergedPath(directory, id);
  if (!existsSync(diverged)) return null;
  const what = 'the record of a run that diverged';
  const { diverged: message } = readCheckedJson(diverged, divergedSchema, what);
  return { state: 'diverged', message };
}

/** Records that a job diverged: a result, which the same recipe would give again. */
export function recordDivergence(directory: string, id: string, message: string): void {
  writeJsonAtomic(divergedPath(directory, id), { diverged: message });
}

/**
 * Records that a stage of a job was not started because its source has learned less than required: a result too, which its
 * summary reports.
 */
export function recordRefusal(directory: string, id: string, message: string): void {
  writeJsonAtomic(refusedPath(directory, id), { refused: message });
}

const failedSchema = z.object({ message: z.string(), hint: z.string().optional() });

/** Records why a job failed, for processes that wait for it elsewhere; not if the study was moved meanwhile. */
export function recordFailure(directory: string, id: string, error: unknown): void {
  if (!isStudyFolder(directory)) return;
  const file = failedPath(directory, id);
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof UserError ? error.hint : undefined;
  ensureDirectory(path.dirname(file));
  writeJsonAtomic(file, { message, ...(hint === undefined ? {} : { hint }) });
}

/** Whether a job has ended; those that diverged or were refused have. */
export function hasEnded(directory: string, id: string): boolean {
  const { summary } = runPaths(jobDirectory(directory, id));
  return existsSync(summary) || hasStopped(directory, id);
}

/** Whether a job ended without a model to continue from. */
function hasStopped(directory: string, id: string): boolean {
  return existsSync(divergedPath(directory, id)) || existsSync(refusedPath(directory, id));
}

/** The state of a job's folder. A job whose starting model will never exist has nothing left to do. */
export function readJobState(
  directory: string,
  { id, after }: { readonly id: string; readonly after: readonly string[] },
  jobs: ReadonlyMap<string, StudyJob>,
): JobState {
  const isIdle = (before: string): boolean =>
    hasStopped(directory, before) || (jobs.get(before)?.after ?? []).some(isIdle);
  if (hasEnded(directory, id) || after.some(isIdle)) return 'finished';
  const file = failedPath(directory, id);
  if (!existsSync(file)) return 'waiting';
  const what = 'the record of a job that failed';
  const { message, hint } = readCheckedJson(file, failedSchema, what);
  return { failed: hint === undefined ? message : `${message} (${hint})` };
}
