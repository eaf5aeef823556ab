// Whether the holder of a lock on another machine is alive, judged by its renewals and this machine's clock only.

import { randomInt } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { explainingErrors } from './explain-write-error.ts';
import {
  heldError,
  isElsewhere,
  type LockState,
  nameHolder,
  readHolder,
  readLockText,
  removeStaleLock,
} from './lock-file.ts';

export type LockWatch = {
  /** Is told, once, that there is something to wait for. */
  readonly onWait?: (text: string) => void;
  /** A lock that is not renewed for so long is stale: eight renewals by default. */
  readonly staleAfterMs?: number;
  readonly lookEveryMs?: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
  readonly sleep?: (ms: number) => Promise<unknown>;
};

/**
 * Waits until a lock of another machine, or of another container, was given back, or was not renewed for two minutes:
 * then it is removed. Returns at once for other locks, and where there is none; `takeLock` comes next, and judges those of this
 * machine.
 *
 * Clocks of two machines are never compared: what counts is that the file changes.
 *
 * @throws UserError if the lock is renewed meanwhile, or taken by another process, or writing fails
 */
export async function watchForeignLock(lock: string, options: LockWatch = {}): Promise<void> {
  const { onWait = () => {}, staleAfterMs = 120_000, lookEveryMs = 3000 } = options;
  const { now = () => performance.now(), sleep = wait } = options;
  if (!isElsewhere(readHolder(lock))) return;
  const look = (place: string) => explainingErrors(lock, () => lookAt(place), 'reading');
  const seen = look(lock);
  if (seen === null) return;
  onWait(
    `${path.dirname(lock)} is locked by ${nameHolder(readHolder(lock))}: ` +
      `waiting up to ${Math.round(staleAfterMs / 1000)} seconds for a sign of it`,
  );
  let last = now();
  for (let watchedMs = 0; watchedMs < staleAfterMs; ) {
    await sleep(lookEveryMs);
    // A longer gap is none in which the other machine could have been seen: both may have been asleep.
    watchedMs += Math.min(now() - last, 2 * lookEveryMs);
    last = now();
    const found = look(lock);
    if (found === null) return;
    if (found !== seen) throw heldError(lock, readHolder(lock));
  }
  const judge = (place: string): LockState => {
    const found = lookAt(place);
    if (found === null) return 'missing';
    return found === seen ? 'stale' : 'held';
  };
  explainingErrors(lock, () => removeStaleLock(lock, randomInt(2 ** 48 - 1), judge));
}

/** A text that is another one after each renewal; null for no lock. */
function lookAt(place: string): string | null {
  // Reading first: opening a file makes a network file system ask for its present time of change.
  const text = readLockText(place);
  const time = statSync(place, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
  return text === null || time === undefined ? null : `${time} ${text}`;
}
