// The program `pmars`.

import { describeError } from '../describe-error.ts';
import { guardOutput } from '../guard-output.ts';
import { writeText } from '../write-text.ts';
import { createPmarsIo } from './create-pmars-io.ts';
import { runPmars } from './run-pmars.ts';

/** pMARS's code for an error of its own. */
const EXIT_INTERNAL = -1;

const hasFailed = guardOutput();
const code = await run();
process.exitCode = hasFailed() ? 1 : code & 0xff;

async function run(): Promise<number> {
  try {
    return await runPmars(process.argv.slice(2), createPmarsIo());
  } catch (error) {
    writeText(process.stderr, describeError(error, { debug: true, json: false }).text);
    return EXIT_INTERNAL;
  }
}
