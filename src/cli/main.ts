#!/usr/bin/env node
// The program `primordia`.

import { endBySignal } from './end-by-signal.ts';
import { runCommandLine } from './run-command-line.ts';

/** What a shell reports of a process that SIGPIPE ended. */
const EXIT_BROKEN_PIPE = 141;

// A reader that has seen enough (`| head`) is no fault; a run in progress can be resumed.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  endBySignal('SIGPIPE', EXIT_BROKEN_PIPE);
});

process.exitCode = await runCommandLine(process.argv);
