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
import type { StudyJob } from './plan-study.ts';
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
 * Begins the folder of a study, or takes up one that it has: a study may grow by arms, seeds and corpora, but runs
 * that lie there must be the ones that it asks for.
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
  for (const job of jobs) {
    const place = jobDirectory(directory, job);
    if (!isRunFolder(place)) continue;
    if (describeRecipe(readRecipe(runPaths(place))) === describeRecipe(job.recipe)) continue;
    throw new UserError(`${place} was run under another recipe than the study's now`, {
      hint: 'choose another --out, or remove that folder to run it anew',
    });
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

/** What of a recipe decides a run's numbers: not where a model lies, nor how the machine is used. */
function describeRecipe({
  transfer,
  engine,
  checkpoint: _,
  description: __,
  ...rest
}: StudyJob['recipe']) {
  return JSON.stringify({
    ...rest,
    transfer: { ...transfer, from: undefined },
    target: engine.target,
  });
}
