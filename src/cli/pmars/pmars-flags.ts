// The flags of pMARS, as its manual documents them: what each takes, and how it is supported here.

import type { PmarsVersion } from '../../corewar/pmars-version.ts';

export type PmarsFlag = {
  /** The letter after the dash. */
  readonly letter: string;
  /** A switch toggles each time it is given, as in pMARS. */
  readonly takes: 'nothing' | 'number' | 'text';
  /** Of numbers. */
  readonly min?: number;
  readonly max?: number;
  /** What the usage text says. */
  readonly description: string;
  /** What pMARS's users should know about it here; one sentence or more. */
  readonly remark?: string;
  /** The versions of pMARS that know it, where not all do. */
  readonly since?: PmarsVersion;
};

/** 2^31 - 1: the largest count of pMARS. */
const LARGEST_COUNT = 2 ** 31 - 1;
const LARGEST_CORE = 2 ** 30;
export const MAX_WARRIORS = 36;

/** In the order of the usage text. */
export const PMARS_FLAGS = [
  {
    letter: 'r',
    takes: 'number',
    min: 0,
    max: LARGEST_COUNT,
    description: 'rounds [1]; 0 only assembles',
  },
  {
    letter: 's',
    takes: 'number',
    min: 1,
    max: LARGEST_CORE,
    description: 'cells of the core [8000]',
  },
  {
    letter: 'c',
    takes: 'number',
    min: 1,
    max: LARGEST_COUNT,
    description: 'cycles until a tie [80000]',
    remark: 'pMARS names 2^63 - 1 as the largest number, and counts modulo 2^32.',
  },
  {
    letter: 'p',
    takes: 'number',
    min: 1,
    max: LARGEST_COUNT,
    description: 'processes per warrior, at most [8000]',
  },
  {
    letter: 'l',
    takes: 'number',
    min: 1,
    max: 1000,
    description: 'instructions per warrior, at most [100]',
  },
  {
    letter: 'd',
    takes: 'number',
    min: 1,
    max: Math.floor(LARGEST_CORE / MAX_WARRIORS),
    description: 'distance between warriors, at least [-l]',
  },
  {
    letter: 'F',
    takes: 'text',
    description: 'place of warrior 2 in round 1, and seed',
    remark:
      'Version 0.9.5 takes any text as a seed, 0.9.2 only a number. A text of one character may put warrior 2 into warrior 1, which it overwrites.',
  },
  {
    letter: 'S',
    takes: 'number',
    min: 1,
    max: LARGEST_CORE,
    description: 'cells of P-space [from 1/16 of the core]',
  },
  {
    letter: 'R',
    takes: 'number',
    min: 1,
    max: LARGEST_CORE,
    since: '0.9.5',
    description: 'read limit [the core]',
  },
  {
    letter: 'W',
    takes: 'number',
    min: 1,
    max: LARGEST_CORE,
    since: '0.9.5',
    description: 'write limit [the core]',
  },
  {
    letter: '=',
    takes: 'text',
    description: 'points of a survivor [(W*W-1)/S]',
  },
  {
    letter: 'v',
    takes: 'number',
    min: 0,
    max: 2994,
    description: 'view of the core, as speed, mode, level',
    remark:
      'Shows the battle in a terminal before the results. The digit of hundreds is the speed, 0 the fastest; a last digit ' +
      'of 0 shows nothing; the other digits are accepted and change nothing. Builds without a display refuse the flag.',
  },
  {
    letter: 'Q',
    takes: 'number',
    min: 0,
    max: LARGEST_COUNT,
    description: 'what the exit code reports, by number',
    remark: 'See the exit codes below.',
  },
  { letter: 'b', takes: 'nothing', description: 'no listings' },
  { letter: 'k', takes: 'nothing', description: 'results as KotH servers read them' },
  { letter: 'o', takes: 'nothing', description: 'results sorted, best first' },
  { letter: 'f', takes: 'nothing', description: 'places derived from the warriors' },
  {
    letter: 'P',
    takes: 'nothing',
    description: 'every place with either starter',
    remark: 'Two warriors; all combinations are played where -r is not given.',
  },
  { letter: '8', takes: 'nothing', description: "the rules of ICWS'88" },
  {
    letter: 'A',
    takes: 'nothing',
    since: '0.9.5',
    description: 'load files instead of a battle',
    remark: 'With -b nothing is printed.',
  },
  {
    letter: 'V',
    takes: 'nothing',
    description: 'print details of the assembly',
    remark:
      'On standard error: labels with their values, instructions with their addresses. The format is our own.',
  },
  {
    letter: 'e',
    takes: 'nothing',
    description: 'begin in the debugger',
    remark:
      'Nothing but this flag opens it: `;debug` in a warrior does not, as in the SERVER build of pMARS.',
  },
] as const satisfies readonly PmarsFlag[];

/** Flags of other builds and ports of pMARS, with the sentence that refuses each. */
export const REFUSED_FLAGS = {
  '-D': 'only the VMS build makes diagnostics files',
  '-display': 'there is no X window: -v shows the core in a terminal',
  '-geometry': 'there is no X window: -v shows the core in a terminal',
  '-fn': 'there is no X window: -v shows the core in a terminal',
  '-g': 'the display of 0.9.4 is not here: -v shows the core in a terminal',
  '-E': 'the energy of 0.9.4 is not part of Core War here',
  '-N': 'the energy of 0.9.4 is not part of Core War here',
  '-T': 'battles are not recorded: primordia watch --json prints frames',
} as const satisfies Readonly<Record<string, string>>;

export type PmarsLetter = (typeof PMARS_FLAGS)[number]['letter'];

/** The flags that a version knows, by letter. */
export function flagsOf(version: PmarsVersion): ReadonlyMap<string, PmarsFlag> {
  const flags: readonly PmarsFlag[] = PMARS_FLAGS;
  return new Map(
    flags
      .filter(({ since }) => since === undefined || since === version)
      .map((flag) => [flag.letter, flag]),
  );
}
