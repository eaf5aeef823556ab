// From a command line of pMARS to a battle's settings.

import { type CoreSettings, makeSettings } from '../../corewar/settings.ts';
import type { PmarsCommand } from './parse-pmars-arguments.ts';

export function pmarsSettings({ numbers, version }: PmarsCommand): CoreSettings {
  const maxLength = numbers.get('l') ?? 100;
  const [pspaceSize, readLimit, writeLimit] = (['S', 'R', 'W'] as const).map((letter) =>
    numbers.get(letter),
  );
  return makeSettings({
    coreSize: numbers.get('s') ?? 8000,
    maxCycles: numbers.get('c') ?? 80_000,
    maxProcesses: numbers.get('p') ?? 8000,
    maxLength,
    minSeparation: numbers.get('d') ?? maxLength,
    ...(pspaceSize !== undefined && { pspaceSize }),
    ...(readLimit !== undefined && { readLimit }),
    ...(writeLimit !== undefined && { writeLimit }),
    ...(version === '0.9.2' && { pmars: version }),
  });
}

/** Rounds to play: with `-P` every place with either starter, where no number is given. */
export function pmarsRounds({ numbers, switches }: PmarsCommand, settings: CoreSettings): number {
  const { coreSize, minSeparation } = settings;
  const all = 2 * (coreSize + 1 - 2 * minSeparation);
  return numbers.get('r') ?? (switches.has('P') ? all : 1);
}
