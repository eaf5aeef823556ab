// The file of a lock: who holds it, whether that process can be at work, and how the file changes hands.

import { linkSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { isProcessAlive, processStart } from './process-alive.ts';

/** What a lock's file says, as JSON. */
export type Holder = {
  readonly host: string;
  /** What process ids mean where the holder runs: the boot and the namespace of the process; null if unknown. */
  readonly space: string | null;
  readonly pid: number;
  /** When the process started (`processStart`): ids are used again. */
  readonly started: string | null;
  /** Different for each time that a lock is taken. */
  readonly token: number;
};

/** This process as a holder. */
export function describeOwnProcess(): Omit<Holder, 'token'> {
  const { pid } = process;
  return { host: os.hostname(), space: processSpace(), pid, started: processStart(pid) };
}

/** Machines of one name, and containers of one machine, have different process ids under the same numbers. */
function processSpace(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/**
 * The text of a file; null if there is none, or no folder on the way to it.
 *
 * @throws the system's error where it cannot be read
 */
export function readLockText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // A network file system says ESTALE of a file that another machine has removed.
    if (['ENOENT', 'ENOTDIR', 'ESTALE'].includes(Object(error).code)) return null;
    throw error;
  }
}

type KnownHolder = (Partial<Holder> & Pick<Holder, 'pid'>) | null;

/** Who holds a lock; null if the file is missing, unreadable or torn. A lock without a host is of this machine. */
export function readHolder(lock: string): KnownHolder {
  try {
    return parseHolder(readLockText(lock) ?? '');
  } catch {
    return null;
  }
}

function parseHolder(text: string): KnownHolder {
  try {
    const holder = JSON.parse(text);
    const hasHost = holder?.host === undefined || typeof holder.host === 'string';
    return hasHost && Number.isSafeInteger(holder?.pid) ? holder : null;
  } catch {
    return null;
  }
}

/** Whether a holder's process is where this one cannot look at it: on another machine, or in another container. */
export function isElsewhere(holder: KnownHolder): boolean {
  if (holder?.host === undefined) return false;
  const own = describeOwnProcess();
  return holder.host !== own.host || (holder.space ?? null) !== own.space;
}

/** Whether a holder may be at work: its process lives, or cannot be looked at. */
export function isHeld(holder: KnownHolder): boolean {
  if (holder === null) return false;
  if (isElsewhere(holder)) return true;
  if (!isProcessAlive(holder.pid)) return false;
  const started = processStart(holder.pid);
  return started === null || (holder.started ?? null) === null || started === holder.started;
}

/** What a lock's file was found to be: somebody's, nobody's any more, or not there. */
export type LockState = 'held' | 'stale' | 'missing';

/** A file that cannot be read, or is torn, is nobody's lock. */
export function judgeLock(place: string): LockState {
  try {
    const text = readLockText(place);
    if (text === null) return 'missing';
    if (isHeld(parseHolder(text))) return 'held';
    // Before it ended, the holder may have given the lock back, and another process taken it.
    return readLockText(place) === text ? 'stale' : judgeLock(place);
  } catch {
    return 'stale';
  }
}

/** Gives `from` a second name unless that is taken; whether it did. */
export function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a lock that is nobody's any more, after moving it aside, so that nobody else's is removed.
 *
 * @param judge asked again of the file that was moved, which may be another one
 * @throws UserError if the lock is held by now
 */
export function removeStaleLock(
  lock: string,
  token: number,
  judge: (place: string) => LockState,
): void {
  const holder = readHolder(lock);
  const state = judge(lock);
  // By now somebody may have taken it, who would lose it to a third process while it is moved aside.
  if (state === 'missing') return;
  if (state === 'held') throw heldError(lock, holder);
  const aside = `${lock}.stale.tmp-${token}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    // Somebody else took it over first, and may hold it now; linking will tell.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Between looking and renaming, another process may have taken over: give it back its lock.
  const held = judge(aside) === 'held' ? heldError(lock, readHolder(aside)) : null;
  if (held) tryLink(aside, lock);
  rmSync(aside, { force: true });
  if (held) throw held;
}

/** That `holder` has the lock. */
export function heldError(lock: string, holder: KnownHolder): UserError {
  const takeover = isElsewhere(holder)
    ? 'its lock is taken over when it is not renewed for two minutes'
    : `if it is not at work there, remove ${lock}`;
  return new UserError(`${path.dirname(lock)} is being written by ${nameHolder(holder)}`, {
    hint: `wait for it or stop it; ${takeover}`,
  });
}

const MAX_HOST_LENGTH = 64;

/** `process 7`, `process 7 on node-3` */
export function nameHolder(holder: KnownHolder): string {
  const place = isElsewhere(holder) ? ` on ${holder!.host!.slice(0, MAX_HOST_LENGTH)}` : '';
  return `process ${holder?.pid ?? 'unknown'}${place}`;
}
