// Locks that keep two processes of one machine from writing the same things at once.

import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { explainingErrors, isProcessAlive } from './atomic.ts';

/** A held lock. `release` gives it back; a second call does nothing. */
export type FileLock = { readonly release: () => void };

/**
 * Takes the lock that the file `lock` stands for, which guards the folder it lies in. A lock whose process is dead is
 * taken over. Holds between processes of one machine.
 *
 * @throws UserError when another process, or this one, holds the lock, or the disk refuses
 */
export function takeLock(lock: string): FileLock {
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
    hint: `wait for it or stop it; if it is not at work there, remove ${lock}`,
  });
}
