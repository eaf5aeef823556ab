// What is said of a process that its group has lost.

import { plural } from '../core/index.ts';

export type LostProcess = {
  readonly rank: number;
  readonly host: string;
  /** Where it was when it was last heard of; empty before the first step. */
  readonly at: string;
  /**
   * Its connection closed without a word; it gave no sign of life for `seconds`; it got nothing done for as long; or it said what
   * failed.
   */
  readonly how: 'gone' | 'silent' | 'stalled' | 'failed';
  readonly seconds?: number;
  readonly reason?: string;
};

/** One sentence. */
export function describeLost({
  rank,
  host,
  at,
  how,
  seconds = 0,
  reason = '',
}: LostProcess): string {
  const who = `rank ${rank} (${host})`;
  const where = at === '' ? 'before its first step' : `after ${at}`;
  switch (how) {
    case 'gone':
      return `${who} is gone, ${where}`;
    case 'silent':
      return `${who} has given no sign of life for ${plural(Math.round(seconds), 'second')}, ${where}`;
    case 'stalled':
      return `${who} has got nothing done for ${plural(Math.round(seconds), 'second')}, ${where}`;
    case 'failed':
      return `${who} failed: ${reason}`;
  }
}
