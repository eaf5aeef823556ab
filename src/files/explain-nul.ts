// The one error of a path that Node throws before it asks the operating system.

import { UserError } from '../core/index.ts';

/** A UserError where `error` says that `filePath` holds a NUL character; null for every other error. */
export function explainNul(filePath: string, error: unknown): UserError | null {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ERR_INVALID_ARG_VALUE' || !filePath.includes('\0')) return null;
  return new UserError(`a file name cannot hold a NUL character: ${filePath}`, {
    hint: 'leave it out',
    cause: error,
  });
}
