// The program `primordia`.

import { guardOutput } from './guard-output.ts';
import { runCommandLine } from './run-command-line.ts';

const hasFailed = guardOutput();
const exitCode = await runCommandLine(process.argv);
process.exitCode = hasFailed() ? 1 : exitCode;
