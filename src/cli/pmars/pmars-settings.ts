// From a command line of pMARS to a battle's settings.

import { type CoreFlags, countRounds, resolveSettings } from '../../corewar/pmars-options.ts';
import type { CoreSettings } from '../../corewar/settings.ts';
import type { PmarsCommand } from './parse-pmars-arguments.ts';
import type { PmarsLetter } from './pmars-flags.ts';

const LETTERS: Readonly<Partial<Record<keyof CoreFlags, PmarsLetter>>> = {
  coreSize: 's',
  cycles: 'c',
  processes: 'p',
  length: 'l',
  distance: 'd',
  pspace: 'S',
  readLimit: 'R',
  writeLimit: 'W',
};

/** @throws UserError if the command contradicts itself, which `checkPmarsCommand` says beforehand */
export function pmarsSettings({ numbers, version }: PmarsCommand): CoreSettings {
  const given = Object.entries(LETTERS).flatMap(([name, letter]) => {
    const value = numbers.get(letter);
    return value === undefined ? [] : [[name, value] as const];
  });
  return resolveSettings({ ...Object.fromEntries(given), pmars: version });
}

export function pmarsRounds({ numbers, switches }: PmarsCommand, settings: CoreSettings): number {
  const rounds = numbers.get('r');
  const permute = switches.has('P');
  return countRounds(rounds === undefined ? { permute } : { rounds, permute }, settings);
}
