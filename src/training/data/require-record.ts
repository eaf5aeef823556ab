// The record of its data that a run makes when it begins.

import { existsSync } from 'node:fs';
import { UserError } from '../../core/index.ts';

/**
 * @param what the data, for the message
 * @throws UserError if a folder has no record of the data that a run began with
 */
export function requireRecord(record: string, what = 'the data set'): void {
  if (existsSync(record)) return;
  throw new UserError(
    `${record} is missing, so it cannot be told whether ${what} is the one that the run began with`,
    { hint: 'put the file back, or start a new run' },
  );
}
