// What pMARS's flags mean: settings, placement and rounds of a battle.

import { foldIn, keyFromSeed, UserError } from '../core/index.ts';
import type { BattleJob, Placement } from './battle.ts';
import type { PmarsVersion } from './pmars-version.ts';
import { positionNumber } from './position-number.ts';
import { countPlaces, seriesSeedOf, seriesSeedOfWarriors } from './series.ts';
import { type CoreSettings, makeSettings, namedSettings, type SettingName } from './settings.ts';
import type { Warrior } from './warrior.ts';

/** Flags of pMARS by what they set; see its manual. */
export type CoreFlags = {
  readonly setting?: SettingName;
  readonly coreSize?: number;
  readonly cycles?: number;
  readonly processes?: number;
  readonly length?: number;
  readonly distance?: number;
  readonly pspace?: number;
  /** Reach of reads (`-R`) and writes (`-W`); each must divide the core size. */
  readonly readLimit?: number;
  readonly writeLimit?: number;
  readonly pmars?: PmarsVersion;
};

export type BattleFlags = {
  readonly rounds?: number;
  /** Of warrior 2 in round 1 (`-F`). */
  readonly position?: number;
  /** Text in its place, with a character per byte: the seed of another generator (0.9.5). */
  readonly seedText?: string;
  /** The series whose seed follows from the assembled warriors (`-f`). */
  readonly fixedSeries?: boolean;
  /** All positions with either starter (`-P`). */
  readonly permute?: boolean;
  /** For what is drawn otherwise. */
  readonly seed?: number;
};

/**
 * The settings that flags ask for, over those of a named setting.
 *
 * @throws UserError if they contradict one another
 */
export function resolveSettings(flags: CoreFlags): CoreSettings {
  const base: Partial<CoreSettings> = flags.setting ? namedSettings(flags.setting) : {};
  const coreSize = flags.coreSize ?? base.coreSize ?? 8000;
  const maxLength = flags.length ?? base.maxLength ?? 100;
  // Without a setting, the distance follows the length, as in pMARS.
  const minSeparation = flags.distance ?? Math.max(base.minSeparation ?? 0, maxLength);
  if (minSeparation < maxLength) {
    throw new UserError(
      `the distance of ${minSeparation} is smaller than the length of ${maxLength} allowed to warriors`,
      { hint: 'give a larger -d or a smaller -l' },
    );
  }
  if (flags.pspace !== undefined && (flags.pspace < 1 || flags.pspace > coreSize)) {
    throw new UserError(
      `a P-space of ${flags.pspace} cells cannot be had in a core of ${coreSize}`,
    );
  }
  for (const name of ['readLimit', 'writeLimit'] as const) checkLimit(name, flags[name], coreSize);
  return makeSettings({
    coreSize,
    maxCycles: flags.cycles ?? base.maxCycles ?? 80_000,
    maxProcesses: flags.processes ?? base.maxProcesses ?? 8000,
    maxLength,
    minSeparation,
    ...(flags.pspace === undefined ? {} : { pspaceSize: flags.pspace }),
    readLimit: flags.readLimit ?? coreSize,
    writeLimit: flags.writeLimit ?? coreSize,
    ...(flags.pmars === '0.9.2' ? { pmars: flags.pmars } : {}),
  });
}

function checkLimit(
  name: 'readLimit' | 'writeLimit',
  value: number | undefined,
  coreSize: number,
): void {
  if (value === undefined || (value >= 1 && coreSize % value === 0)) return;
  const title = name === 'readLimit' ? 'read limit' : 'write limit';
  throw new UserError(`the ${title} of ${value} does not divide the core size of ${coreSize}`, {
    hint: 'give a divisor of the core size',
  });
}

/**
 * The battle that flags ask for. Without `-F` and `-f`, places are drawn from the seed.
 *
 * @throws UserError if flags contradict one another or the warriors
 */
export function resolveBattle(
  warriors: readonly Warrior[],
  settings: CoreSettings,
  flags: BattleFlags,
): BattleJob {
  const { position, seedText, fixedSeries = false, permute = false } = flags;
  if ((position !== undefined || seedText !== undefined) && fixedSeries) {
    throw new UserError('-f and -F exclude each other', { hint: 'give one of them' });
  }
  if (permute && warriors.length !== 2) {
    throw new UserError(`-P needs two warriors, not ${warriors.length}`);
  }
  const rounds = countRounds(flags, settings);
  const placement = choosePlacement(warriors, settings, flags);
  return { settings, warriors, rounds, placement, order: 'rotate' };
}

/** Rounds to play: with `-P` every place with either starter, where no number is given. */
export function countRounds(
  { rounds, permute = false }: Pick<BattleFlags, 'rounds' | 'permute'>,
  settings: CoreSettings,
): number {
  return rounds ?? (permute ? 2 * countPlaces(settings) : 1);
}

function choosePlacement(
  warriors: readonly Warrior[],
  settings: CoreSettings,
  { position, seedText, fixedSeries, permute = false, seed: drawn = 0 }: BattleFlags,
): Placement {
  if (seedText !== undefined) {
    return {
      kind: permute ? 'permuted-series' : 'series',
      text: seedText,
      seed: seriesSeedOfText(seedText, settings, permute),
    };
  }
  if (position !== undefined) {
    const seed = seriesSeedOf(position, settings);
    // Permuted, the seed is an index of positions with either starter.
    return permute ? { kind: 'permuted-series', seed: 2 * seed } : { kind: 'series', seed };
  }
  if (fixedSeries) {
    const seed = seriesSeedOfWarriors(warriors);
    return { kind: permute ? 'permuted-series' : 'series', seed };
  }
  const key = foldIn(keyFromSeed(drawn), 'battle');
  return { kind: permute ? 'permuted' : 'random', key };
}

/** Read as if it were a number, a text gives the first place, however near; null if that number is 0: it is drawn then. */
function seriesSeedOfText(
  text: string,
  { minSeparation }: CoreSettings,
  permute: boolean,
): number | null {
  const number = positionNumber(text);
  if (number === 0) return null;
  // In 32 bits, as pMARS has it.
  const seed = ((number < 0 ? -number : number) - minSeparation) | 0;
  return permute ? 2 * seed : seed;
}
