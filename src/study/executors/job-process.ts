// The command line of a job, and the meaning of its process's end.

import { fileURLToPath } from 'node:url';
import type { Ending } from './run-side-by-side.ts';

/** The program `primordia`, as it lies beside the build and beside the sources. */
export const PROGRAM = fileURLToPath(new URL('../../../bin/primordia.js', import.meta.url));

/**
 * The arguments that run a job anywhere: `study job DIRECTORY ID --json --threads N`. They need only the study's folder. Standard
 * output has one JSON object per line.
 *
 * @param threads null leaves them to the program
 */
export function jobArguments(directory: string, id: string, threads: string | null): string[] {
  const limit = threads === null ? [] : ['--threads', threads];
  return ['study', 'job', directory, id, '--json', ...limit];
}

/** Larger codes are 128 plus a signal's number: the process was killed, or was asked to stop and has saved. */
const DEATHS = 128;

/** The end of a process that was not asked to stop. */
export type UnaskedEnding = Extract<Ending, { kind: 'failed' | 'lost' }>;

/**
 * The meaning of the end of a job's process whose folder holds no result. A process that ended by a signal can be resumed from what
 * it saved; one that ended with a code of its own has said why it failed.
 *
 * Messages do not name the job, since their reader has a better name than its id.
 *
 * @param output the end of its output for people
 */
export function explainEnd(
  end: { readonly code: number | null; readonly signal: string | null },
  output: string,
): UnaskedEnding {
  const { code, signal } = end;
  if (signal !== null) return { kind: 'lost', message: `the process was ended by ${signal}` };
  if (code !== null && code > DEATHS) {
    return { kind: 'lost', message: `the process ended with code ${code}` };
  }
  if (code === 0) return { kind: 'failed', message: 'the process ended without a result' };
  const said = findError(output);
  return {
    kind: 'failed',
    message: said === '' ? `the process ended with code ${code}` : said,
  };
}

/** The last line that is an error, otherwise the last line that is not JSON. */
function findError(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('{'));
  const error = lines.findLast((line) => line.startsWith('error: '));
  return (error?.slice('error: '.length) ?? lines.at(-1) ?? '').slice(0, MAX_SAID);
}

const MAX_SAID = 500;

/** The objects in lines of JSON; other lines are for people. */
export function parseEvent(line: string): object | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
