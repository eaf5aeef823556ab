// From a command line of pMARS to a battle's settings.

import { type CoreFlags, resolveSettings } from '../../corewar/pmars-options.ts';
import { countPlaces } from '../../corewar/series.ts';
import type { CoreSettings } from '../../corewar/settings.ts';
import type { PmarsCommand } from './parse-pmars-arguments.ts';
import type { PmarsLetter } from './pmars-flags.ts';

const LETTERS: Readonly<Partial<Record<keyof CoreFlags, PmarsLetter>>> = {
  ...{ coreSize: 's', cycles: 'c', processes: 'p', length: 'l', distance: 'd' },
  ...{ pspace: 'S', readLimit: 'R', writeLimit: 'W' },
};

/** @throws UserError where the command contradicts itself, which `checkPmarsCommand` says beforehand */
export function pmarsSettings({ numbers, version }: PmarsCommand): CoreSettings {
  const given = Object.entries(LETTERS).flatMap(([name, letter]) => {
    const value = numbers.get(letter);
    return value === undefined ? [] : [[name, value] as const];
  });
  return resolveSettings({ ...Object.fromEntries(given), pmars: version });
}

/** Rounds to play: with `-P` every place with either starter, where no number is given. */
export function pmarsRounds({ numbers, switches }: PmarsCommand, settings: CoreSettings): number {
  return numbers.get('r') ?? (switches.has('P') ? 2 * countPlaces(settings) : 1);
}
