// Locks that keep two processes, of one machine or of several on one file system, from writing the same things at once.

import { randomInt } from 'node:crypto';
import { lstatSync, readdirSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { explainingErrors } from './explain-write-error.ts';
import {
  describeOwnProcess,
  heldError,
  isHeld,
  judgeLock,
  nameHolder,
  readHolder,
  readLockText,
  removeStaleLock,
  tryLink,
} from './lock-file.ts';
import { renewLock } from './renew-lock.ts';

export type FileLock = {
  /** Gives the lock back; a second call does nothing. */
  readonly release: () => void;
  /**
   * Makes sure, before something is written, that this process still holds the lock, and that the folder that it lies
   * in is still in its place: what is written under its name would go elsewhere, or make the folder again.
   *
   * @throws UserError if the folder was moved or removed, or the lock was taken over or removed
   */
  readonly requireFolder: () => void;
  /**
   * Runs what needs the lock, gives it back, and names a lock that was lost, or a folder that was moved or removed, as
   * the cause of an error.
   */
  readonly guard: <T>(body: () => Promise<T>) => Promise<T>;
};

const RENEW_EVERY_MS = 15_000;
/** Whoever moved a lock aside by mistake puts it back at once: so long it may be missing. */
const MISSING_MS = 200;
const LOOK_EVERY_MS = 20;

/**
 * Takes the lock that the file `lock` stands for, which guards the folder it lies in. The lock of a dead process of this
 * machine is taken over; that of another machine only when `watchForeignLock` has found it stale. While it is held, a
 * thread renews it every 15 seconds, by its time of change.
 *
 * @throws UserError if another process, or this one, holds the lock, or writing fails
 */
export function takeLock(
  lock: string,
  { renewEveryMs = RENEW_EVERY_MS }: { readonly renewEveryMs?: number } = {},
): FileLock {
  const token = randomInt(2 ** 48 - 1);
  const content = JSON.stringify({ ...describeOwnProcess(), token });
  refuseOther(lock);
  explainingErrors(lock, () => {
    for (let attempt = 0; ; attempt++) {
      if (linkOwn(content, lock, token)) return;
      removeStaleLock(lock, token, judgeLock);
      const holder = readHolder(lock);
      // Without one, the lock is free, or somebody has moved it aside for a moment.
      if (holder !== null || attempt === 3) throw heldError(lock, holder);
    }
  });
  explainingErrors(lock, () => clearLeftovers(lock));
  const folder = path.dirname(lock);
  const place = statSync(folder);
  const stopRenewing = renewLock(path.resolve(lock), content, renewEveryMs);
  const release = () => {
    stopRenewing();
    if (readQuietly(lock) === content) rmSync(lock, { force: true });
  };
  const requireFolder = () => {
    for (let missingMs = 0; ; missingMs += LOOK_EVERY_MS) {
      const text = explainingErrors(lock, () => readLockText(lock), 'reading');
      if (text === content) return;
      if (!isSameFolder(folder, place)) throw goneError(folder);
      if (text !== null || missingMs >= MISSING_MS) throw lostError(lock, text);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS);
    }
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
 * @throws UserError if another process, or this one, holds it
 */
export function refuseHeldLock(lock: string): void {
  const holder = readHolder(lock);
  if (isHeld(holder)) throw heldError(lock, holder);
}

/** Linked into place when complete: no process ever sees an empty lock. */
function linkOwn(content: string, lock: string, token: number): boolean {
  const own = `${lock}.tmp-${token}`;
  try {
    for (let attempt = 0; ; attempt++) {
      writeFileSync(own, content);
      try {
        // A network file system may have made the link, and lost the answer.
        return tryLink(own, lock) || readQuietly(lock) === content;
      } catch (error) {
        // Whoever took the lock meanwhile may have cleared this away as a leftover.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 3) throw error;
      }
    }
  } finally {
    removeQuietly(own);
  }
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

function readQuietly(file: string): string | null {
  try {
    return readLockText(file);
  } catch {
    return null;
  }
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

function goneError(folder: string): UserError {
  return new UserError(`${folder} was moved or removed while it was being written`, {
    hint: 'what was saved is where the folder is now: resume it there',
  });
}

/** @param text of the lock that is there now; null for none */
function lostError(lock: string, text: string | null): UserError {
  const folder = path.dirname(lock);
  if (text === null) {
    return new UserError(`the lock of ${folder} was removed while it was being written`, {
      hint: 'another process may have been at work there: make sure that none is, then resume it',
    });
  }
  const other = nameHolder(readHolder(lock));
  return new UserError(`${folder} was taken over by ${other} while it was being written`, {
    hint: 'the other process continues from what was saved',
  });
}
