// The program `primordia`.

import { reportClosedOutput } from './interrupt.ts';
import { runCommandLine } from './run-command-line.ts';
import { writeText } from './write-text.ts';

/** A pipe whose reader has left (`| head`), and a terminal that was closed. */
const CLOSED = new Set(['EPIPE', 'EIO', 'ENXIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

let isFirst = true;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (isFirst && !CLOSED.has(error.code ?? '')) {
    writeText(process.stderr, `error: cannot write to standard output: ${error.message}\n`);
  }
  isFirst = false;
  reportClosedOutput();
});
// Where errors cannot be shown, there is nobody to be told.
process.stderr.on('error', () => {});

process.exitCode = await runCommandLine(process.argv);
