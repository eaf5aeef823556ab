// The end of a job's output.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

const TAIL_BYTES = 2 ** 14;

/** The last lines of a file, whole ones except for the end; nothing where it cannot be read. */
export function readLogTail(file: string): string {
  let opened: number;
  try {
    opened = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(opened);
    const start = Math.max(0, size - TAIL_BYTES);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const text = buffer.toString('utf8', 0, readSync(opened, buffer, 0, buffer.length, start));
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } catch {
    return '';
  } finally {
    closeSync(opened);
  }
}
