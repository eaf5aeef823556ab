// The folder of a run: where each thing lies in it, how it is begun and found, and the lock that
// keeps two processes from writing it at once.

import {
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import {
  ensureDirectory,
  explainingErrors,
  isProcessAlive,
  recoverTemporaries,
} from '../files/atomic.ts';

/** The paths of a run folder. */
export type RunPaths = {
  readonly directory: string;
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

/** A held lock. `release` gives it back; a second call does nothing. */
export type RunLock = { readonly release: () => void };

/** Where everything lies in the run folder `directory`. Touches no disk. */
export function runPaths(directory: string): RunPaths {
  const at = (name: string) => path.join(directory, name);
  return {
    directory,
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

/** The stages of a run, in order. */
export const STAGES = ['source', 'text'] as const;
export type StageName = (typeof STAGES)[number];

/** Folder of a stage's checkpoints. */
export function stageFolder(paths: RunPaths, stage: StageName): string {
  return path.join(paths.checkpoints, stage);
}

/** Whether a folder holds a run (has a recipe). */
export function isRunFolder(directory: string): boolean {
  return existsSync(runPaths(directory).recipe);
}

/**
 * Begins a run folder, or with `resume` checks that there is one. The folder becomes a run folder
 * when its recipe is written, which is the caller's next act.
 *
 * @throws UserError when the folder holds other things, or a run and `resume` is false, or no run
 *   and `resume` is true; when the disk refuses
 */
export function createRunFolder(
  directory: string,
  options: { readonly resume?: boolean } = {},
): RunPaths {
  const paths = runPaths(directory);
  const status = statSync(directory, { throwIfNoEntry: false });
  if (status && !status.isDirectory()) {
    throw new UserError(`${directory} is a file, not a run folder`, {
      hint: 'choose another folder',
    });
  }
  const holdsRun = isRunFolder(directory);
  if (options.resume) {
    if (holdsRun) return paths;
    throw new UserError(`no run to resume in ${directory}`, {
      hint: 'check the path, or start a new run there without resuming',
    });
  }
  if (holdsRun) {
    throw new UserError(`${directory} already holds a run`, {
      hint: 'resume it, or choose another folder',
    });
  }
  // A start that died before the recipe was written may have left its lock.
  const isLeftover = (name: string) => name.startsWith(path.basename(paths.lock));
  if (status && !readdirSync(directory).every(isLeftover)) {
    throw new UserError(`${directory} is not empty and is not a run folder`, {
      hint: 'choose an empty or new folder',
    });
  }
  ensureDirectory(directory);
  return paths;
}

/**
 * The folder for the next run called `name` under `base`: `base/NAME-001`, or the number after the
 * highest there is. Makes nothing.
 *
 * @throws UserError when the name is not made of letters, digits, `.`, `_` and `-`
 */
export function nextRunDirectory(base: string, name: string): string {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
    throw new UserError(`run name ${JSON.stringify(name)} cannot name a folder`, {
      hint: 'use letters, digits, ".", "_" and "-", beginning with a letter or digit',
    });
  }
  const taken = existsSync(base) ? readdirSync(base) : [];
  const numbers = taken
    .filter((entry) => entry.startsWith(`${name}-`))
    .map((entry) => entry.slice(name.length + 1))
    .filter((rest) => /^\d{3,9}$/.test(rest))
    .map(Number);
  const next = Math.max(0, ...numbers) + 1;
  return path.join(base, `${name}-${String(next).padStart(3, '0')}`);
}

/**
 * Takes the lock of a run folder for this process, and clears up files that a dead writer left half
 * written. A lock whose process is dead is taken over. Holds between processes of one machine.
 *
 * @throws UserError when another process, or this one, holds the lock, or the disk refuses
 */
export function lockRunFolder(directory: string): RunLock {
  const { lock } = runPaths(directory);
  const content = JSON.stringify({ pid: process.pid, started: processStart(process.pid) });
  // Linked into place when complete: no process ever sees an empty lock.
  const own = `${lock}.tmp-${process.pid}`;
  explainingErrors(lock, () => {
    try {
      writeFileSync(own, content);
      if (tryLink(own, lock)) return;
      moveStaleLock(lock);
      if (!tryLink(own, lock)) throw heldError(lock, readHolder(lock)?.pid);
    } finally {
      rmSync(own, { force: true });
    }
  });
  recoverTemporaries(directory);
  const release = () => {
    if (existsSync(lock) && readFileSync(lock, 'utf8') === content) rmSync(lock, { force: true });
  };
  return { release };
}

type Holder = { readonly pid: number; readonly started: string | null };

/** Moves a dead process's lock out of the way; throws when the lock is held. */
function moveStaleLock(lock: string): void {
  const holder = readHolder(lock);
  if (isHeld(holder)) throw heldError(lock, holder?.pid);
  const aside = `${lock}.stale.tmp-${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    // Somebody else took it over first, and may hold it now; linking will tell.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Between reading and renaming, another process may have taken over: give it back its lock.
  const moved = readHolder(aside);
  const live = isHeld(moved);
  if (live) tryLink(aside, lock);
  rmSync(aside, { force: true });
  if (live) throw heldError(lock, moved?.pid);
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(lock: string): Holder | null {
  try {
    const holder = JSON.parse(readFileSync(lock, 'utf8'));
    return Number.isSafeInteger(holder?.pid) ? holder : null;
  } catch {
    return null;
  }
}

function isHeld(holder: Holder | null): boolean {
  if (holder === null || !isProcessAlive(holder.pid)) return false;
  const started = processStart(holder.pid);
  // Process ids are used again, in containers nearly always; the start time tells them apart.
  return started === null || holder.started === null || started === holder.started;
}

/** When a process started, in the kernel's units (Linux, proc(5): field 22 of stat); null elsewhere. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, and may hold spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function heldError(lock: string, pid: number | undefined): UserError {
  return new UserError(`${path.dirname(lock)} is being written by process ${pid ?? 'unknown'}`, {
    hint: `wait for it or stop it; if no such run is under way, remove ${lock}`,
  });
}
