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
    description: 'rounds [1]; 0 assembles only',
  },
  {
    letter: 's',
    takes: 'number',
    min: 1,
    max: LARGEST_CORE,
    description: 'core size in cells [8000]',
  },
  {
    letter: 'c',
    takes: 'number',
    min: 1,
    max: LARGEST_COUNT,
    description: 'cycles until a tie [80000]',
    remark: 'pMARS states 2^63 - 1 as the maximum, but counts modulo 2^32.',
  },
  {
    letter: 'p',
    takes: 'number',
    min: 1,
    max: LARGEST_COUNT,
    description: 'maximum number of processes per warrior [8000]',
  },
  {
    letter: 'l',
    takes: 'number',
    min: 1,
    max: 1000,
    description: 'maximum number of instructions per warrior [100]',
  },
  {
    letter: 'd',
    takes: 'number',
    min: 1,
    max: Math.floor(LARGEST_CORE / MAX_WARRIORS),
    description: 'minimum distance between warriors [-l]',
  },
  {
    letter: 'F',
    takes: 'text',
    description: 'position of warrior 2 in round 1, and seed',
    remark:
      'Version 0.9.5 takes any text as a seed, 0.9.2 only a number. With a text of one character, warrior 2 may overwrite part of warrior 1.',
  },
  {
    letter: 'S',
    takes: 'number',
    min: 1,
    max: LARGEST_CORE,
    description: 'P-space size in cells [1/16 of the core or more]',
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
    description: 'view of the core: digits for speed, mode, level',
    remark:
      'Shows the battle in a terminal before the results. The hundreds digit is the speed, where 0 is the fastest. If the ' +
      'last digit is 0, nothing is shown. The other digits have no effect. pMARS built without a display refuses the flag.',
  },
  {
    letter: 'Q',
    takes: 'number',
    min: 0,
    max: LARGEST_COUNT,
    description: 'query that the exit code answers',
    remark: 'See the exit codes below.',
  },
  { letter: 'b', takes: 'nothing', description: 'no listings' },
  { letter: 'k', takes: 'nothing', description: 'results in the format that KotH servers read' },
  { letter: 'o', takes: 'nothing', description: 'results sorted, best first' },
  { letter: 'f', takes: 'nothing', description: 'positions derived from the warriors' },
  {
    letter: 'P',
    takes: 'nothing',
    description: 'every position, with each warrior starting',
    remark: 'For two warriors. Without -r, all combinations are played.',
  },
  { letter: '8', takes: 'nothing', description: "ICWS'88 rules" },
  {
    letter: 'A',
    takes: 'nothing',
    since: '0.9.5',
    description: 'print load files instead of playing a battle',
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
      'Only this flag opens the debugger: as in the SERVER build of pMARS, `;debug` in a warrior does not.',
  },
] as const satisfies readonly PmarsFlag[];

/** Flags of other builds and ports of pMARS, with the sentence that refuses each. */
export const REFUSED_FLAGS = {
  '-D': 'only the VMS build writes diagnostics files',
  '-display': 'there is no X window: -v shows the core in a terminal',
  '-geometry': 'there is no X window: -v shows the core in a terminal',
  '-fn': 'there is no X window: -v shows the core in a terminal',
  '-g': 'there is no display like that of 0.9.4: -v shows the core in a terminal',
  '-E': 'the energy rules of 0.9.4 are not supported',
  '-N': 'the energy rules of 0.9.4 are not supported',
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
