// The exit code that `-Q` asks for.

import { findPspaceOwners } from '../../corewar/mars/round.ts';
import type { PmarsVersion } from '../../corewar/pmars-version.ts';
import { VERSION_NUMBERS } from '../../corewar/pmars-version.ts';

type QueryFacts = {
  readonly version: PmarsVersion;
  /** Points by warrior, in the order of the command line. */
  readonly scores: readonly number[];
  /** `-o`: the best first. */
  readonly isSorted: boolean;
  /** By warrior, as far as they were assembled; `findPspaceOwners` tells which share a P-space. */
  readonly pins: readonly (number | null)[];
};

/** With a debugger and a display of the core. */
const VARIANT = 2;
const ADDRESS_BYTES = 4;
const UNKNOWN = -1;

/**
 * The answer to a query, which a system cuts to eight bits: 1 to 999 ask for scores and places, 1000 to 1003 for the
 * program, 2000 for shared P-spaces.
 *
 * Source: the manual of pMARS 0.9.5, "Exit codes".
 */
export function queryExitCode(query: number, facts: QueryFacts): number {
  const { version, scores, isSorted, pins } = facts;
  if (query >= 1 && query <= 999) {
    const order = [...scores.keys()];
    if (isSorted) order.sort((a, b) => scores[b]! - scores[a]! || a - b);
    if (query <= scores.length) return scores[order[query - 1]!]!;
    const place = order[query - 101];
    return place === undefined ? UNKNOWN : place + 1;
  }
  const number = VERSION_NUMBERS[version];
  switch (query) {
    case 1000:
      return number;
    case 1001:
      return VARIANT;
    case 1002:
      return 10 * number + VARIANT;
    case 1003:
      return ADDRESS_BYTES;
    case 2000:
      return scores.length - countPspaces(pins) + 1;
    default:
      return UNKNOWN;
  }
}

function countPspaces(pins: readonly (number | null)[]): number {
  return new Set(findPspaceOwners(pins.map((pin) => ({ pin })))).size;
}
