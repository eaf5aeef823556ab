// The files of a debugger session: macros that it reads, logs that it appends to.

import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { escapeControlCharacters, UserError } from '../core/index.ts';
import type { LogFile } from '../corewar/index.ts';
import { explainingErrors } from '../files/explain-write-error.ts';
import { readRegularText } from '../files/read-file.ts';

const MAX_MACRO_BYTES = 1 << 20;

/** @throws UserError if the file cannot be read */
export function readMacroFile(file: string): string {
  return readRegularText(file, { maxBytes: MAX_MACRO_BYTES });
}

/**
 * A file to append to. A write that fails closes it.
 *
 * @param onFailure is told why a write failed
 * @throws UserError if it cannot be opened, or is a pipe or a device
 */
export function openLogFile(file: string, onFailure: (reason: string) => void): LogFile {
  let handle: number | null = explainingErrors(file, () => openToAppend(file));
  const close = () => {
    if (handle !== null) closeSync(handle);
    handle = null;
  };
  return {
    write(text) {
      if (handle === null || text === '') return;
      try {
        writeSync(handle, escapeControlCharacters(text));
      } catch (error) {
        close();
        onFailure(`${file} cannot be written any more: ${(error as Error).message}`);
      }
    },
    close,
  };
}

function openToAppend(file: string): number {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile()) {
    throw new UserError(`${file} is not a regular file`, { hint: 'name another file' });
  }
  return openSync(file, 'a');
}
