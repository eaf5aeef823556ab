// The folder of a study: the study itself, and its runs as run folders below.

import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../core/index.ts';
import { readJsonFile, writeJsonAtomic } from '../../files/json.ts';
import { isComparison } from '../arms.ts';
import {
  createRunFolder,
  isRunFolder,
  lockRunFolder,
  type RunLock,
  runPaths,
} from '../run-folder.ts';
import { readRecipe } from '../train-run.ts';
import { planStudy, type StudyJob } from './plan-study.ts';
import { parseStudy, type Study } from './study-recipe.ts';

function studyPath(directory: string): string {
  return path.join(directory, 'study.json');
}

/** Whether a folder holds a study. */
export function isStudyFolder(directory: string): boolean {
  return existsSync(studyPath(directory));
}

/** The study that a folder holds. */
export function readStudy(directory: string): Study {
  const file = studyPath(directory);
  if (!existsSync(file)) throw new UserError(`${directory} holds no study`);
  return parseStudy(readJsonFile(file), file);
}

/** Where a run of a study lies. */
export function jobDirectory(directory: string, job: Pick<StudyJob, 'id'>): string {
  return path.join(directory, job.id);
}

/**
 * Begins the folder of a study, or takes up one that it has: a study may grow by arms, seeds and corpora, but the
 * runs that lie there must be among the ones that it asks for.
 *
 * @returns the folder's lock, which the caller releases
 * @throws UserError when the folder holds something else, or a run under another recipe, or is in use; it is left as
 *   it is then
 */
export function openStudyFolder(
  study: Study,
  jobs: readonly StudyJob[],
  directory: string,
): RunLock {
  if (isComparison(directory) || isRunFolder(directory)) {
    throw new UserError(`${directory} holds a run already`, { hint: 'choose another --out' });
  }
  if (!isStudyFolder(directory)) createRunFolder(directory);
  if (isStudyFolder(directory)) checkGrowth(readStudy(directory), jobs, directory);
  for (const job of jobs) {
    const place = jobDirectory(directory, job);
    if (!isRunFolder(place)) continue;
    if (describeRecipe(readRecipe(runPaths(place))) !== describeRecipe(job.recipe)) {
      throw otherRecipe(place);
    }
  }
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

/** Every run that lies there must be one of the study now, and begin with the same source. */
function checkGrowth(before: Study, jobs: readonly StudyJob[], directory: string): void {
  const planned = planStudy(before, directory);
  for (const job of planned) {
    const place = jobDirectory(directory, job);
    if (!isRunFolder(place)) continue;
    const now = jobs.find(({ id }) => id === job.id);
    if (!now) {
      throw new UserError(`${place} has been run, and the study now has no such run`, {
        hint:
          'a study may grow, not shrink: keep its arms, corpora and seeds, those given with --set and --seeds too; ' +
          'or choose another --out',
      });
    }
    if (describeJob(job, planned) !== describeJob(now, jobs)) throw otherRecipe(place);
  }
}

function otherRecipe(place: string): UserError {
  return new UserError(`${place} was run under another recipe, or from another source, than now`, {
    hint: 'choose another --out, or remove that folder, and those of the arms that begin with it',
  });
}

/** What decides a run's numbers: its recipe, and that of the source it begins with. */
function describeJob(job: StudyJob, jobs: readonly StudyJob[]): string {
  const source = jobs.find(({ id }) => id === job.after);
  return `${describeRecipe(job.recipe)} ${job.after} ${source ? describeRecipe(source.recipe) : ''}`;
}

/** What of a recipe decides a run's numbers: not where a model lies, nor how the machine is used. */
function describeRecipe({
  transfer,
  engine,
  checkpoint: _,
  description: __,
  requireGate: ___,
  ...rest
}: StudyJob['recipe']) {
  return JSON.stringify({
    ...rest,
    transfer: { ...transfer, from: undefined },
    target: engine.target,
  });
}
