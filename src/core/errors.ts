// Errors that are meant for the user.

import { distance as editDistance } from 'fastest-levenshtein';

/**
 * An error whose message says what went wrong and where; `hint` says what to do about it.
 * The command line prints it as one line without a stack trace.
 */
export class UserError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UserError';
    this.hint = options.hint;
  }
}

/** A UserError with a context before its message; any other error unchanged. */
export function inContext(context: string, error: unknown): unknown {
  if (!(error instanceof UserError)) return error;
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return new UserError(`${context}: ${error.message}`, { ...hint, cause: error });
}

/** Longer ones are no misspelled names, and their distances take time in proportion to both lengths. */
const MAX_NAME_LENGTH = 200;

/** The candidate with the smallest edit distance to `name`, or undefined if none is near. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > MAX_NAME_LENGTH) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.ceil(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
