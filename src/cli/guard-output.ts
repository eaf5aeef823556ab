// What a program does when its output cannot be written.

import { explainingErrors } from '../files/explain-write-error.ts';
import { describeError } from './describe-error.ts';
import { reportClosedOutput, reportFailedOutput } from './interrupt.ts';
import { writeText } from './write-text.ts';

/** A pipe whose reader has left (`| head`), and a terminal that was closed. */
const CLOSED = new Set(['EPIPE', 'EIO', 'ENXIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/**
 * Ends the program quietly where nobody reads standard output any more, and says once why it cannot be written otherwise.
 *
 * @returns whether that has happened
 */
export function guardOutput(): () => boolean {
  let hasFailed = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (CLOSED.has(error.code ?? '')) return reportClosedOutput();
    // A line after the first says nothing new.
    if (hasFailed) return;
    hasFailed = true;
    writeText(process.stderr, explain(error));
    reportFailedOutput();
  });
  // Where errors cannot be shown, there is nobody to be told.
  process.stderr.on('error', () => {});
  return () => hasFailed;
}

/** As for any other file that cannot be written: a full disk, a quota. */
function explain(error: Error): string {
  const fail = () => {
    throw error;
  };
  try {
    return explainingErrors('standard output', fail);
  } catch (explained) {
    return describeError(explained, { debug: false, json: false }).text;
  }
}
