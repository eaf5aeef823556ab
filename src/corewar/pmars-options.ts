// What pMARS's flags mean: settings, placement and rounds of a battle.

import { foldIn, keyFromSeed, UserError } from '../core/index.ts';
import type { BattleJob, Placement } from './battle.ts';
import { countPlaces, seriesSeedOf } from './placement.ts';
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
};

export type BattleFlags = {
  readonly rounds?: number;
  /** Of warrior 2 in round 1 (`-F`). */
  readonly position?: number;
  /** Series from the warriors themselves (`-f`). */
  readonly fixedSeries?: boolean;
  /** All positions with either starter (`-P`). */
  readonly permute?: boolean;
  /** For what is drawn otherwise. */
  readonly seed?: number;
};

/**
 * The settings that flags ask for, over those of a named setting.
 *
 * @throws UserError where they contradict one another
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
  return makeSettings({
    coreSize,
    maxCycles: flags.cycles ?? base.maxCycles ?? 80_000,
    maxProcesses: flags.processes ?? base.maxProcesses ?? 8000,
    maxLength,
    minSeparation,
    ...(flags.pspace === undefined ? {} : { pspaceSize: flags.pspace }),
  });
}

/**
 * The battle that flags ask for. Without `-F`, `-f` and `-P`, places are drawn from the seed.
 *
 * @throws UserError where flags contradict one another or the warriors
 */
export function resolveBattle(
  warriors: readonly Warrior[],
  settings: CoreSettings,
  flags: BattleFlags,
): BattleJob {
  const { position, fixedSeries = false, permute = false } = flags;
  if (Number(position !== undefined) + Number(fixedSeries) + Number(permute) > 1) {
    throw new UserError('-f, -F and -P exclude one another', { hint: 'give one of them' });
  }
  if (permute && warriors.length !== 2) {
    throw new UserError(`-P needs two warriors, not ${warriors.length}`);
  }
  const rounds = flags.rounds ?? (permute ? 2 * countPlaces(settings) : 1);
  const placement = choosePlacement(warriors, settings, flags);
  return { settings, warriors, rounds, placement, order: 'rotate' };
}

function choosePlacement(
  warriors: readonly Warrior[],
  settings: CoreSettings,
  { position, fixedSeries, permute, seed = 0 }: BattleFlags,
): Placement {
  const key = foldIn(keyFromSeed(seed), 'battle');
  if (position !== undefined) return { kind: 'series', seed: seriesSeedOf(position, settings) };
  if (permute) return { kind: 'permuted', key };
  if (!fixedSeries) return { kind: 'random', key };
  const text = JSON.stringify(warriors.map(({ instructions, start }) => [start, instructions]));
  return { kind: 'series', seed: 1 + (foldIn(keyFromSeed(0), text)[0] % (2 ** 31 - 2)) };
}
