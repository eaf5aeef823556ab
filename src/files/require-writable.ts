// Whether a file can be written, asked before the work whose result it is to hold.

import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { explainingErrors } from './explain-write-error.ts';

/**
 * Finds what keeps `file` from being written, as far as its place tells: the disk may still be full then.
 *
 * @throws UserError if its folder is missing or must not be written, or a folder has its name
 */
export function requireWritable(file: string): void {
  const folder = path.dirname(file);
  explainingErrors(file, () => {
    // With the separator, a file in the folder's place is refused.
    accessSync(`${folder}${path.sep}`, constants.W_OK);
    if (!statSync(file, { throwIfNoEntry: false })?.isDirectory()) return;
    throw new UserError(`${file} is a folder`, { hint: 'name a file' });
  });
}
