// How a run of any kind begins in its folder, and is gone on with.

import { existsSync, rmSync } from 'node:fs';
import { readJsonFile, writeJsonAtomic } from '../files/json.ts';
import { removeIfEmpty } from './prepare-run.ts';
import { collectProvenance } from './provenance.ts';
import { createRunFolder, lockRunFolder, type RunLock, type RunPaths } from './run-folder.ts';

export type RunLife<Opened, Summary> = {
  /** Tries everything that bad input can break, before the first step. */
  readonly open: (paths: RunPaths) => Promise<Opened>;
  /** Removes what `open` has written, where it failed. */
  readonly abandon: (paths: RunPaths) => void;
  /** Does the work. The folder is to be asked for, with the lock, before anything is written into it. */
  readonly run: (opened: Opened, paths: RunPaths, lock: RunLock) => Promise<Summary>;
};

/**
 * Begins a run. The folder must be new, or empty; it is left that way when `open` fails.
 *
 * @throws UserError for a folder in use; whatever `open` and `run` throw
 */
export async function beginRun<Opened, Summary>(
  directory: string,
  recipe: object,
  { open, abandon, run }: RunLife<Opened, Summary>,
): Promise<Summary> {
  const isNew = !existsSync(directory);
  const paths = createRunFolder(directory);
  let lock: RunLock | undefined;
  let opened: Opened;
  try {
    lock = lockRunFolder(directory);
    // The recipe first: a run that dies here can be gone on with.
    writeJsonAtomic(paths.recipe, recipe);
    writeJsonAtomic(paths.provenance, collectProvenance());
    opened = await open(paths);
  } catch (error) {
    // Without the lock, what lies there is another process's.
    if (lock) {
      abandon(paths);
      for (const file of [paths.provenance, paths.recipe]) rmSync(file, { force: true });
    }
    lock?.release();
    if (isNew) removeIfEmpty(directory);
    throw error;
  }
  try {
    return await run(opened, paths, lock);
  } finally {
    lock.release();
  }
}

/**
 * Goes on with a run. One that is finished is left as it is.
 *
 * @throws UserError when the folder holds no run, or another process is at it; whatever `open` and `run` throw
 */
export async function continueRun<Opened, Summary>(
  directory: string,
  { open, run }: Pick<RunLife<Opened, Summary>, 'open' | 'run'>,
): Promise<Summary> {
  const paths = createRunFolder(directory, { resume: true });
  const lock = lockRunFolder(directory);
  try {
    if (existsSync(paths.summary)) return readJsonFile(paths.summary) as Summary;
    if (!existsSync(paths.provenance)) writeJsonAtomic(paths.provenance, collectProvenance());
    return await run(await open(paths), paths, lock);
  } finally {
    lock.release();
  }
}
