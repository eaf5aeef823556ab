// Where the warriors of a round begin, and who moves first: the same for the same placement and round, always.

import { foldIn, type Key, permutation, randomInt, UserError } from '../core/index.ts';
import type { BattleJob, Placement } from './battle.ts';
import { countPlaces, followSeries, type Places, permuteBySeries } from './series.ts';
import type { CoreSettings } from './settings.ts';

/** How a round begins; arrays are by warrior of the job. */
export type RoundPlan = {
  readonly positions: readonly number[];
  /** Warrior that moves first. */
  readonly first: number;
  /** Warriors in the order of their turns, where it is not that of the job. */
  readonly turns: readonly number[] | null;
  /** True where a later warrior may overwrite an earlier one. */
  readonly mayOverlap: boolean;
};

/**
 * The beginnings of a job's rounds, in order.
 *
 * @throws UserError if so many warriors do not fit, or the placement does not suit them
 */
export function* planRounds(job: BattleJob): Generator<RoundPlan, void, undefined> {
  const { settings, warriors, rounds, placement, order } = job;
  const count = warriors.length;
  checkRoom(settings, count, placement);
  const places = drawPlaces(placement, settings, count);
  for (let round = 0; round < rounds; round++) {
    const { positions, first, mayOverlap = false } = places(round);
    const turns = order === 'shuffle' ? drawTurns(placement, round, count) : null;
    const begins = order === 'rotate' ? round % count : 0;
    yield { positions, first: first ?? begins, turns, mayOverlap };
  }
}

function drawPlaces(placement: Placement, settings: CoreSettings, count: number): Places {
  switch (placement.kind) {
    case 'fixed':
      return () => placement;
    case 'random':
      return (round) => ({
        positions: scatter(foldIn(foldIn(placement.key, 'places'), round), settings, count),
      });
    case 'series':
      return followSeries(placement, settings, count);
    case 'permuted':
      return permutePlaces(placement.key, settings);
    case 'permuted-series':
      return permuteBySeries(placement, settings);
  }
}

/** Each set of places is as likely as any other: free cells are shared out between the warriors. */
function scatter(key: Key, settings: CoreSettings, count: number): number[] {
  const { coreSize, minSeparation } = settings;
  if (count === 1) return [0];
  const free = coreSize - count * minSeparation;
  if (count === 2) return [0, minSeparation + randomInt(foldIn(key, 0), free + 1)];
  // Distinct numbers below free + count - 1 stand for gaps that may be empty; drawn as Floyd does.
  const chosen = new Set<number>();
  for (let i = 0; i < count - 1; i++) {
    const bound = free + i + 1;
    const drawn = randomInt(foldIn(key, i), bound);
    chosen.add(chosen.has(drawn) ? bound - 1 : drawn);
  }
  const slots = [...chosen]
    .sort((a, b) => a - b)
    .map((value, i) => value - i + (i + 1) * minSeparation);
  const order = permutation(foldIn(key, 'order'), count - 1);
  return [0, ...Array.from(order, (slot) => slots[slot]!)];
}

/** Each place and each starter once before any comes again. */
function permutePlaces(key: Key, settings: CoreSettings): Places {
  const combinations = 2 * countPlaces(settings);
  let pass = -1;
  let order: Uint32Array = new Uint32Array(0);
  return (round) => {
    const next = Math.floor(round / combinations);
    if (next !== pass) {
      pass = next;
      order = permutation(foldIn(key, pass), combinations);
    }
    const choice = order[round % combinations]!;
    return { positions: [0, settings.minSeparation + (choice >> 1)], first: choice & 1 };
  };
}

function drawTurns(placement: Placement, round: number, count: number): readonly number[] {
  if (!('key' in placement)) {
    throw new UserError('turns can be shuffled only if places are drawn from a key');
  }
  return [...permutation(foldIn(foldIn(placement.key, 'turns'), round), count)];
}

/** The order of all positions with either starter is held in memory. */
const MAX_PERMUTED_PLACES = 2 ** 25;

function checkRoom(settings: CoreSettings, count: number, placement: Placement): void {
  if (count < 1) throw new UserError('a battle needs a warrior');
  if (placement.kind === 'fixed') {
    if (placement.positions.length === count) return;
    throw new UserError(
      `${count} warriors need ${count} positions, not ${placement.positions.length}`,
    );
  }
  const isPermuted = placement.kind === 'permuted' || placement.kind === 'permuted-series';
  if (isPermuted && count !== 2) {
    throw new UserError(`starting positions can be permuted for two warriors, not for ${count}`);
  }
  if (count * settings.minSeparation > settings.coreSize) throw tooCrowded(settings, count);
  if (isPermuted && countPlaces(settings) > MAX_PERMUTED_PLACES) {
    throw new UserError(
      `a core of ${settings.coreSize} has too many starting positions to permute them`,
      { hint: `they are permuted for up to ${MAX_PERMUTED_PLACES} positions` },
    );
  }
}

function tooCrowded({ coreSize, minSeparation }: CoreSettings, count: number): UserError {
  return new UserError(
    `${count} warriors, ${minSeparation} apart, do not fit a core of ${coreSize}`,
    { hint: 'a larger core (-s) or a smaller distance (-d, -l) makes room' },
  );
}
