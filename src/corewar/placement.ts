// Where the warriors of a round begin, and who moves first: the same for the same placement and round, always.

import { foldIn, type Key, permutation, randomInt, UserError } from '../core/index.ts';
import type { BattleJob, Placement } from './battle.ts';
import type { CoreSettings } from './settings.ts';

/** How a round begins; arrays are by warrior of the job. */
export type RoundPlan = {
  readonly positions: readonly number[];
  /** Warrior that moves first. */
  readonly first: number;
  /** Warriors in the order of their turns, where it is not that of the job. */
  readonly turns: readonly number[] | null;
};

const LEHMER_MULTIPLIER = 16_807;
const LEHMER_MODULUS = 2 ** 31 - 1;

/**
 * The next value of the minimal standard generator.
 * Source: Park and Miller, Random number generators: good ones are hard to find (1988).
 */
export function nextSeriesSeed(seed: number): number {
  return (LEHMER_MULTIPLIER * seed) % LEHMER_MODULUS;
}

/**
 * The series seed that puts warrior 2 at `position` in the first round, as `-F` does.
 *
 * @throws UserError where the position is nearer than the separation
 */
export function seriesSeedOf(position: number, settings: CoreSettings): number {
  const { minSeparation } = settings;
  if (position < minSeparation) {
    throw new UserError(
      `position ${position} of warrior 2 is smaller than the separation of ${minSeparation}`,
      { hint: 'choose a larger position or a smaller separation (-d)' },
    );
  }
  return position - minSeparation;
}

/** Places at which warrior 2 may stand when warrior 1 stands at 0. */
export function countPlaces({ coreSize, minSeparation }: CoreSettings): number {
  return coreSize + 1 - 2 * minSeparation;
}

/**
 * The beginnings of a job's rounds, in order.
 *
 * @throws UserError where so many warriors do not fit, or the placement does not suit them
 */
export function* planRounds(job: BattleJob): Generator<RoundPlan, void, undefined> {
  const { settings, warriors, rounds, placement, order } = job;
  const count = warriors.length;
  checkRoom(settings, count, placement);
  const places = drawPlaces(placement, settings, count);
  for (let round = 0; round < rounds; round++) {
    const { positions, first } = places(round);
    const turns = order === 'shuffle' ? drawTurns(placement, round, count) : null;
    const begins = order === 'rotate' ? round % count : 0;
    yield { positions, first: first ?? begins, turns };
  }
}

type Places = (round: number) => {
  readonly positions: readonly number[];
  /** Who moves first, where the placement decides it. */
  readonly first?: number;
};

function drawPlaces(placement: Placement, settings: CoreSettings, count: number): Places {
  switch (placement.kind) {
    case 'fixed':
      return () => placement;
    case 'random':
      return (round) => ({
        positions: scatter(foldIn(foldIn(placement.key, 'places'), round), settings, count),
      });
    case 'series':
      return followSeries(placement.seed, settings, count);
    case 'permuted':
      return permutePlaces(placement.key, settings);
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

/** Draws that may fail for one warrior before all are drawn anew. */
const MAX_SERIES_DRAWS = 10_000;

/**
 * pMARS's series: one number of the generator a place, drawn again where it lies too near to an earlier warrior. The seed
 * itself is the first number for two warriors, and is passed over for more. Found by experiment with pMARS 0.9.2; where
 * warriors hardly fit, pMARS goes other ways.
 */
function followSeries(first: number, settings: CoreSettings, count: number): Places {
  const { minSeparation } = settings;
  const places = countPlaces(settings);
  let seed = first;
  return () => {
    // The generator never leaves 0: all warriors stand as near to one another as they may, as in pMARS.
    if (seed === 0)
      return { positions: Array.from({ length: count }, (_, i) => i * minSeparation) };
    const positions = [0];
    let draws = 0;
    while (positions.length < count) {
      if (count > 2) seed = nextSeriesSeed(seed);
      const position = minSeparation + (seed % places);
      if (count === 2) seed = nextSeriesSeed(seed);
      const near = positions.some(
        (other, i) => i > 0 && Math.abs(other - position) < minSeparation,
      );
      if (!near) positions.push(position);
      else if (++draws % MAX_SERIES_DRAWS === 0) {
        if (draws > 100 * MAX_SERIES_DRAWS) throw tooCrowded(settings, count);
        positions.length = 1;
      }
    }
    return { positions };
  };
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
    throw new UserError('turns can be shuffled only where places are drawn from a key');
  }
  return [...permutation(foldIn(foldIn(placement.key, 'turns'), round), count)];
}

function checkRoom(settings: CoreSettings, count: number, placement: Placement): void {
  if (count < 1) throw new UserError('a battle needs a warrior');
  if (placement.kind === 'fixed') {
    if (placement.positions.length === count) return;
    throw new UserError(
      `${count} warriors need ${count} positions, not ${placement.positions.length}`,
    );
  }
  if (placement.kind === 'permuted' && count !== 2) {
    throw new UserError(`starting positions can be permuted for two warriors, not for ${count}`);
  }
  if (count * settings.minSeparation > settings.coreSize) throw tooCrowded(settings, count);
}

function tooCrowded({ coreSize, minSeparation }: CoreSettings, count: number): UserError {
  return new UserError(
    `${count} warriors, ${minSeparation} apart, do not fit a core of ${coreSize}`,
    { hint: 'a larger core (-s) or a smaller distance (-d, -l) makes room' },
  );
}
