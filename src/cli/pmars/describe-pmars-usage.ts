// The usage text of `pmars`.

import type { PmarsVersion } from '../../corewar/pmars-version.ts';
import { flagsOf, type PmarsFlag } from './pmars-flags.ts';

const MARKS = { nothing: ' ', number: '#', text: '$' } as const;

/** The usage of `pmars`: `#` is a number, `$` a text. */
export function describePmarsUsage(version: PmarsVersion): string {
  const flags = [...flagsOf(version).values(), PARAMETERS];
  return `Core War as pMARS ${version} plays it

Usage: pmars [flags] FILE [FILE …]
FILE may be - for a warrior from standard input, 3- for three; $ ends the arguments.

${flags.map((flag) => `  ${formatPmarsFlag(flag)}`).join('\n')}
  --pmars VERSION  0.9.2 or 0.9.5, where they differ
`;
}

/** Flags from a file, in the place of `-@`. */
export const PARAMETERS: PmarsFlag = {
  letter: '@',
  takes: 'text',
  description: 'flags and warriors from a file, - for standard input',
};

function formatPmarsFlag({ letter, takes, description }: PmarsFlag): string {
  return `-${letter} ${MARKS[takes]}  ${description}`;
}
