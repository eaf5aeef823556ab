// Handles output that cannot be written.

import { explainingErrors } from '../files/explain-write-error.ts';
import { describeError } from './describe-error.ts';
import { reportClosedOutput, reportFailedOutput } from './interrupt.ts';
import { writeText } from './write-text.ts';

/** Errors of a pipe whose reader has left (`| head`), and of a closed terminal. */
const CLOSED = new Set(['EPIPE', 'EIO', 'ENXIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/**
 * Ends the program quietly if standard output is no longer read, and reports other write errors once.
 *
 * @returns whether that has happened
 */
export function guardOutput(): () => boolean {
  let hasFailed = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (CLOSED.has(error.code ?? '')) return reportClosedOutput();
    // Only the first failure is reported.
    if (hasFailed) return;
    hasFailed = true;
    writeText(process.stderr, explain(error));
    reportFailedOutput();
  });
  // If standard error cannot be written either, nothing can be reported.
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
