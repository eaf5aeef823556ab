// The folder of a run: its layout, how it is created and found, and the lock that keeps two processes
// from writing it at once.

import { existsSync, lstatSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { ensureDirectory, explainingErrors } from '../files/atomic.ts';
import { type FileLock, takeLock } from '../files/lock.ts';
import { listFolder } from '../files/read-file.ts';
import { clearTemporaries, recoverTemporaries } from '../files/temporaries.ts';

/** The paths of a run folder. */
export type RunPaths = {
  readonly directory: string;
  /** Which kind of run it is. */
  readonly record: string;
  /** The resolved recipe; its presence makes a folder a run folder. */
  readonly recipe: string;
  /** Versions, commit, machine, command line. */
  readonly provenance: string;
  readonly metrics: string;
  /** Folder of checkpoints. */
  readonly checkpoints: string;
  readonly summary: string;
  readonly report: string;
  /** Folder of generated samples. */
  readonly samples: string;
  readonly lock: string;
};

export type RunLock = FileLock;

/** The paths in the run folder `directory`. Does not access the disk. */
export function runPaths(directory: string): RunPaths {
  const at = (name: string) => path.join(directory, name);
  return {
    directory,
    record: at('run.json'),
    recipe: at('recipe.json'),
    provenance: at('provenance.json'),
    metrics: at('metrics.jsonl'),
    checkpoints: at('checkpoints'),
    summary: at('summary.json'),
    report: at('report.html'),
    samples: at('samples'),
    lock: at('run.lock'),
  };
}

/**
 * What the holder of the lock writes at the top of the folder of a run, a study or a comparison. Reporting writes
 * `report.html` without the lock.
 */
const OWN_FILES: ReadonlySet<string> = new Set([
  'run.json',
  'recipe.json',
  'provenance.json',
  'metrics.jsonl',
  'summary.json',
  'study.json',
  'plan.json',
  'baselines.json',
  'rollout.json',
]);
/** Folders with nothing but what the holder of the lock writes: of runs, and of studies. */
const OWN_FOLDERS = ['checkpoints', 'data', 'stages', 'jobs', 'slurm'] as const;
/** Of a study; its jobs write there, on other machines too, before this lock is taken and after. */
const SHARED_FOLDER = 'prepared';
/** In `samples`, what is generated later is written without the lock. */
const OWN_SAMPLE = 'final.json';

/** Whether a folder holds a run (has a recipe). */
export function isRunFolder(directory: string): boolean {
  return existsSync(runPaths(directory).recipe);
}

/**
 * Starts a run folder or, with `resume`, checks that there is one. The folder becomes a run folder
 * when its recipe is written, which the caller does next.
 *
 * @throws UserError if the folder holds other things, or a run and `resume` is false, or no run
 *   and `resume` is true; if writing fails
 */
export function createRunFolder(
  directory: string,
  options: { readonly resume?: boolean } = {},
): RunPaths {
  const paths = runPaths(directory);
  const status = explainingErrors(directory, () => statSync(directory, { throwIfNoEntry: false }));
  if (status && !status.isDirectory()) {
    throw new UserError(`${directory} is a file, not a run folder`, {
      hint: 'choose another folder',
    });
  }
  const holdsRun = isRunFolder(directory);
  if (options.resume) {
    if (holdsRun) return paths;
    throw new UserError(`no run to resume in ${directory}`, {
      hint: 'check the path; if the run was killed while it started, start it again with its own command',
    });
  }
  if (holdsRun) {
    throw new UserError(`${directory} already holds a run`, {
      hint: 'resume it, or choose another folder',
    });
  }
  if (status && !isEmptyOrUnbegun(directory, UNBEGUN)) {
    throw new UserError(`${directory} is not empty and is not a run folder`, {
      hint: 'choose an empty or new folder',
    });
  }
  ensureDirectory(directory);
  return paths;
}

/** The file that turns a folder into a run, a study or a comparison. */
const UNBEGUN = /^(run\.json|(run|recipe|study)\.json\.tmp-\d+)$/;

/**
 * Whether a folder is empty, or holds only a lock and the files of a start that died before its folder was a run. Files of such
 * names without a lock belong to somebody else.
 *
 * @param leftovers names of what such a start writes
 */
export function isEmptyOrUnbegun(directory: string, leftovers: RegExp): boolean {
  const names = listFolder(directory);
  const others = names.filter((name) => !LOCKS.test(name));
  return (
    names.length === 0 ||
    (others.length < names.length && others.every((name) => leftovers.test(name)))
  );
}

/** The lock of a run folder, and the files of processes that died while taking it. */
const LOCKS = /^run\.lock(?:(?:\.stale)?\.tmp-\d+)?$/;

/**
 * The folder for the next run called `name` under `base`: `base/NAME-001`, or the number after the
 * highest existing one. Creates nothing.
 *
 * @throws UserError if the name is not made of letters, digits, `.`, `_` and `-`
 */
export function nextRunDirectory(base: string, name: string): string {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
    throw new UserError(`run name ${JSON.stringify(name)} cannot name a folder`, {
      hint: 'use letters, digits, ".", "_" and "-", beginning with a letter or digit',
    });
  }
  const taken = explainingErrors(path.join(base, name), () =>
    existsSync(base) ? listFolder(base) : [],
  );
  const numbers = taken
    .filter((entry) => entry.startsWith(`${name}-`))
    .map((entry) => entry.slice(name.length + 1))
    .filter((rest) => /^\d{3,9}$/.test(rest))
    .map(Number);
  const next = Math.max(0, ...numbers) + 1;
  return path.join(base, `${name}-${String(next).padStart(3, '0')}`);
}

/**
 * Takes the lock of a run folder for this process, and removes half-written files of a dead writer; files of users and reports
 * are left. The lock of a dead process is taken over, that of another machine after `watchForeignLock`.
 *
 * @throws UserError if another process, or this one, holds the lock, or writing fails
 */
export function lockRunFolder(directory: string): RunLock {
  const lock = takeLock(runPaths(directory).lock);
  try {
    clearTemporaries(directory, { owns: (name) => OWN_FILES.has(name) });
    const { samples } = runPaths(directory);
    if (isFolder(samples)) clearTemporaries(samples, { owns: (name) => name === OWN_SAMPLE });
    for (const name of OWN_FOLDERS) {
      const folder = path.join(directory, name);
      if (!isFolder(folder) || hasOwnLock(folder)) continue;
      clearTemporaries(folder, { enters: (below) => !hasOwnLock(below) });
    }
    recoverTemporaries(path.join(directory, SHARED_FOLDER));
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Cleans up the folder of a finished run: a process may have died between the end of the run and the release of the lock. A
 * folder whose lock another process holds is left alone.
 */
export function tidyRunFolder(directory: string): void {
  try {
    lockRunFolder(directory).release();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

function isFolder(place: string): boolean {
  return lstatSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Runs inside a folder, such as those of a study, have locks of their own and clean up under them. */
function hasOwnLock(folder: string): boolean {
  return isRunFolder(folder) || existsSync(runPaths(folder).lock);
}

/** Removes a folder if nothing is in it. */
export function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It is not empty, or cannot be removed: the earlier error matters more.
  }
}
