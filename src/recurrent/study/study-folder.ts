// The folder of a study of recurrent networks: the study itself, its runs below, and how each of them ended.

import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../core/index.ts';
import { readCheckedJson } from '../../files/checked-json.ts';
import { readJsonFile, writeJsonAtomic } from '../../files/json.ts';
import type { RunLock } from '../../run/run-folder.ts';
import { createRunFolder, isRunFolder, lockRunFolder, runPaths } from '../../run/run-folder.ts';
import { readRecurrentRecipe } from '../recurrent-folder.ts';
import { readRecurrentSummary } from '../summary.ts';
import { chooseRates, planChosen } from './choose-rates.ts';
import { type Outcome, planTuning, type RecurrentJob } from './plan-study.ts';
import { isRecurrentStudyInput, parseRecurrentStudy, type RecurrentStudy } from './study-recipe.ts';

function studyPath(directory: string): string {
  return path.join(directory, 'study.json');
}

/** Whether a folder holds a study of recurrent networks. */
export function isRecurrentStudyFolder(directory: string): boolean {
  const file = studyPath(directory);
  return existsSync(file) && isRecurrentStudyInput(readJsonFile(file));
}

/** The study that a folder holds. */
export function readRecurrentStudy(directory: string): RecurrentStudy {
  const file = studyPath(directory);
  return parseRecurrentStudy(readJsonFile(file), file);
}

/** Where a run of a study lies. */
export function recurrentJobDirectory(directory: string, { id }: Pick<RecurrentJob, 'id'>): string {
  return path.join(directory, id);
}

const divergedSchema = z.object({ diverged: z.string() });

function divergedPath(directory: string, job: Pick<RecurrentJob, 'id'>): string {
  return path.join(recurrentJobDirectory(directory, job), 'diverged.json');
}

export function readOutcome(directory: string, job: Pick<RecurrentJob, 'id'>): Outcome | null {
  const { summary } = runPaths(recurrentJobDirectory(directory, job));
  if (existsSync(summary)) return { summary: readRecurrentSummary(summary) };
  const diverged = divergedPath(directory, job);
  return existsSync(diverged)
    ? readCheckedJson(diverged, divergedSchema, 'the record of a run that diverged')
    : null;
}

/** Notes that a run diverged. */
export function recordDivergence(directory: string, job: RecurrentJob, message: string): void {
  writeJsonAtomic(divergedPath(directory, job), { diverged: message });
}

/**
 * Begins the folder of a study, or takes up the one that it has: a study may grow by tasks, lengths, algorithms and
 * seeds, but the runs that lie there must be among those that it asks for, under the same recipes.
 *
 * @returns the folder's lock, which the caller releases
 * @throws UserError when the folder holds something else, other runs, or is in use; it is left as it is then
 */
export function openRecurrentStudy(study: RecurrentStudy, directory: string): RunLock {
  const begun = isRecurrentStudyFolder(directory);
  if (!begun) createRunFolder(directory);
  const now = listRuns(study, directory);
  if (begun) {
    const lost = listRuns(readRecurrentStudy(directory), directory).find(
      (job) =>
        isRunFolder(recurrentJobDirectory(directory, job)) && !now.some(({ id }) => id === job.id),
    );
    if (lost) {
      throw new UserError(
        `${recurrentJobDirectory(directory, lost)} has been run, and the study now has no such run`,
        { hint: 'a study may grow, not shrink: keep what it had, or choose another --out' },
      );
    }
  }
  checkRuns(now, directory);
  const lock = lockRunFolder(directory);
  try {
    writeJsonAtomic(studyPath(directory), study);
    // The summary stands for a study that is complete.
    rmSync(runPaths(directory).summary, { force: true });
  } catch (error) {
    lock.release();
    throw error;
  }
  return lock;
}

function listRuns(study: RecurrentStudy, directory: string): RecurrentJob[] {
  const read = (job: RecurrentJob) => readOutcome(directory, job);
  return [...planTuning(study), ...planChosen(study, chooseRates(study, read))];
}

/** Runs that lie there must have the recipes that the study asks for. Throws UserError where one has not. */
export function checkRuns(jobs: readonly RecurrentJob[], directory: string): void {
  for (const job of jobs) {
    const folder = recurrentJobDirectory(directory, job);
    if (!isRunFolder(folder)) continue;
    if (describe(readRecurrentRecipe(folder)) === describe(job.recipe)) continue;
    throw new UserError(`${folder} was run under another recipe than now`, {
      hint: 'choose another --out, or remove that folder',
    });
  }
}

/** What of a recipe decides a run's numbers. */
function describe({ description: _, checkpoint: __, engine, ...rest }: RecurrentJob['recipe']) {
  return JSON.stringify({ ...rest, target: engine.target });
}
