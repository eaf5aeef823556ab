// Locks that keep two processes of one machine from writing the same things at once.

import {
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { explainingErrors } from './explain-write-error.ts';
import { isProcessAlive, processStart } from './process-alive.ts';

export type FileLock = {
  /** Gives the lock back; a second call does nothing. */
  readonly release: () => void;
  /**
   * Makes sure that the folder that the lock lies in is still in its place: what is written under its name would go
   * elsewhere, or make the folder anew.
   *
   * @throws UserError when the folder was moved or removed
   */
  readonly requireFolder: () => void;
  /** Runs what needs the lock, gives it back, and names a folder that was moved or removed as the cause of an error. */
  readonly guard: <T>(body: () => Promise<T>) => Promise<T>;
};

/**
 * Takes the lock that the file `lock` stands for, which guards the folder it lies in. A lock whose process is dead is
 * taken over. Holds between processes of one machine.
 *
 * @throws UserError when another process, or this one, holds the lock, or the disk refuses
 */
export function takeLock(lock: string): FileLock {
  const content = JSON.stringify({ pid: process.pid, started: processStart(process.pid) });
  refuseOther(lock);
  explainingErrors(lock, () => {
    if (linkOwn(content, lock)) return;
    moveStaleLock(lock);
    if (!linkOwn(content, lock)) throw heldError(lock, readHolder(lock)?.pid);
  });
  explainingErrors(lock, () => clearLeftovers(lock));
  const folder = path.dirname(lock);
  const place = statSync(folder);
  const isOwn = () => readText(lock) === content;
  const release = () => {
    if (isOwn()) rmSync(lock, { force: true });
  };
  const requireFolder = () => {
    // Some network file systems give a folder another number now and then: the lock in it tells as well.
    if (!isSameFolder(folder, place) && !isOwn()) throw goneError(folder);
  };
  return {
    release,
    requireFolder,
    guard: async (body) => {
      try {
        return await body();
      } catch (error) {
        // A folder can go between the last look at it and a write.
        if (error instanceof UserError || isAboutMissing(error)) requireFolder();
        throw error;
      } finally {
        release();
      }
    },
  };
}

function isAboutMissing(error: unknown): boolean {
  return Object(error).code === 'ENOENT';
}

/**
 * Makes sure that nobody holds a lock, without taking it.
 *
 * @throws UserError when another process, or this one, holds it
 */
export function refuseHeldLock(lock: string): void {
  const holder = readHolder(lock);
  if (isHeld(holder)) throw heldError(lock, holder?.pid);
}

type Holder = { readonly pid: number; readonly started: string | null };

/** Linked into place when complete: no process ever sees an empty lock. */
function linkOwn(content: string, lock: string): boolean {
  const own = `${lock}.tmp-${process.pid}`;
  try {
    for (let attempt = 0; ; attempt++) {
      writeFileSync(own, content);
      try {
        return tryLink(own, lock);
      } catch (error) {
        // Whoever took the lock meanwhile may have cleared this away as a leftover.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 3) throw error;
      }
    }
  } finally {
    removeQuietly(own);
  }
}

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

/** Removes what processes left that died while they took the lock; what a living one still needs stays. */
function clearLeftovers(lock: string): void {
  const folder = path.dirname(lock);
  const name = path.basename(lock);
  for (const entry of readdirSync(folder)) {
    if (!entry.startsWith(`${name}.tmp-`) && !entry.startsWith(`${name}.stale.tmp-`)) continue;
    const leftover = path.join(folder, entry);
    if (!isHeld(readHolder(leftover))) removeQuietly(leftover);
  }
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

/** A folder or a device in the lock's place is nobody's lock. */
function refuseOther(lock: string): void {
  let status: Stats | undefined;
  try {
    status = lstatSync(lock, { throwIfNoEntry: false });
  } catch {
    // Taking the lock says what is wrong with the path.
  }
  if (!status || status.isFile()) return;
  const kind = status.isDirectory() ? 'a folder' : 'no regular file';
  throw new UserError(`${lock} is ${kind}, and the lock file belongs there`, {
    hint: 'remove it, or choose another folder',
  });
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function readHolder(lock: string): Holder | null {
  try {
    const holder = JSON.parse(readText(lock) ?? '');
    return Number.isSafeInteger(holder?.pid) ? holder : null;
  } catch {
    return null;
  }
}

function isHeld(holder: Holder | null): boolean {
  if (holder === null || !isProcessAlive(holder.pid)) return false;
  const started = processStart(holder.pid);
  return started === null || holder.started === null || started === holder.started;
}

function isSameFolder(folder: string, { dev, ino }: Stats): boolean {
  try {
    const now = statSync(folder);
    return now.dev === dev && now.ino === ino;
  } catch {
    return false;
  }
}

// What cannot be cleared away now is cleared away with the next lock.
function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {}
}

function heldError(lock: string, pid: number | undefined): UserError {
  return new UserError(`${path.dirname(lock)} is being written by process ${pid ?? 'unknown'}`, {
    hint: `wait for it or stop it; if it is not at work there, remove ${lock}`,
  });
}

function goneError(folder: string): UserError {
  return new UserError(`${folder} was moved or removed while it was being written`, {
    hint: 'what was saved is where the folder is now: go on with it there',
  });
}
