// The series of random numbers that pMARS places warriors by: its seeds (`-F`, `-f`) and its ways of placing. Found by
// experiment with pMARS 0.9.2 and 0.9.5, which agree.

import { UserError } from '../core/index.ts';
import { MODIFIERS, type Mode } from './instruction.ts';
import { createRc5Series } from './rc5-series.ts';
import type { CoreSettings } from './settings.ts';
import type { Warrior } from './warrior.ts';

const LEHMER_MULTIPLIER = 16_807;
const LEHMER_MODULUS = 2 ** 31 - 1;

/**
 * The next value of the minimal standard generator, from 0 to 2^31 - 2. 0 is followed by 0.
 * Source: Park and Miller, Random number generators: good ones are hard to find (1988).
 */
export function nextSeriesSeed(seed: number): number {
  const remainder = (LEHMER_MULTIPLIER * seed) % LEHMER_MODULUS;
  return remainder < 0 ? remainder + LEHMER_MODULUS : remainder;
}

/**
 * The series seed that puts warrior 2 at `position` in the first round, as `-F` does.
 *
 * @throws UserError if the position is nearer than the separation
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

/** Numbers that pMARS has for opcodes and modes, in the order of its tables. */
const OPCODE_ORDER = 'MOV ADD SUB MUL DIV MOD JMZ JMN DJN CMP SLT SPL DAT JMP SEQ SNE NOP LDP STP';
const OPCODE_NUMBERS: ReadonlyMap<string, number> = new Map(
  OPCODE_ORDER.split(' ').map((opcode, i) => [opcode, i]),
);
const MODE_NUMBERS: Record<Mode, number> = {
  '#': 0,
  $: 1,
  '@': 2,
  '<': 3,
  '>': 4,
  '*': 0x82,
  '{': 0x83,
  '}': 0x84,
};

/**
 * The series seed that follows from the assembled warriors in their order, as `-f` does: each number of each instruction is
 * combined with its place in the sequence, and the generator goes one step from the sum.
 */
export function seriesSeedOfWarriors(warriors: readonly Pick<Warrior, 'instructions'>[]): number {
  let place = 0;
  let sum = 0;
  for (const { instructions } of warriors) {
    for (const { opcode, modifier, aMode, a, bMode, b } of instructions) {
      const operation = 8 * OPCODE_NUMBERS.get(opcode)! + MODIFIERS.indexOf(modifier);
      for (const number of [operation, MODE_NUMBERS[aMode], MODE_NUMBERS[bMode], a, b]) {
        sum = (sum + (number ^ place++)) | 0;
      }
    }
  }
  return nextSeriesSeed(sum);
}

/** Places at which warrior 2 may stand when warrior 1 stands at 0. */
export function countPlaces({ coreSize, minSeparation }: CoreSettings): number {
  return coreSize + 1 - 2 * minSeparation;
}

/** The places of a round; rounds are asked for in order. */
export type Places = (round: number) => {
  readonly positions: readonly number[];
  /** Who moves first, where the placement decides it. */
  readonly first?: number;
  /** True where a later warrior may overwrite an earlier one. */
  readonly mayOverlap?: boolean;
};

/**
 * The first number of a series, null if the generator draws it too; `text` is the key of another generator. With a text,
 * the first number may be below 0.
 */
type SeriesStart = { readonly seed: number | null; readonly text?: string };

function openGenerator({ text }: SeriesStart): (seed: number) => number {
  return text === undefined ? nextSeriesSeed : createRc5Series(text);
}

/** The rounds of a series. The first warrior stands at 0. */
export function followSeries(from: SeriesStart, settings: CoreSettings, count: number): Places {
  const { minSeparation } = settings;
  const next = openGenerator(from);
  let seed = from.seed ?? next(0);
  const draw = (bound: number): number => {
    seed = next(seed);
    return seed % bound;
  };
  return () => {
    if (count === 1) return { positions: [0] };
    if (count > 2) {
      return {
        positions: placeByTrial(draw, settings, count) ?? placeByGaps(draw, settings, count),
      };
    }
    // A text of one character puts warrior 2 nearer than the separation, even into warrior 1, which it overwrites.
    const position = minSeparation + (seed % countPlaces(settings));
    seed = next(seed);
    return { positions: [0, position], mayOverlap: position < minSeparation };
  };
}

/** Conflicts that a sequence of places may have before it is cut back, and how often it may be cut back. */
const MAX_CONFLICTS = 20;
const MAX_CUTS = 4;

/**
 * Places are drawn one by one, and again where they lie too near to an earlier one; after many conflicts all places from
 * that earlier one on are drawn again. Null if that does not help either: the core is crowded.
 */
function placeByTrial(
  draw: (bound: number) => number,
  settings: CoreSettings,
  count: number,
): number[] | null {
  const { minSeparation } = settings;
  const places = countPlaces(settings);
  const positions = [0];
  let conflicts = 0;
  let cuts = 0;
  while (positions.length < count) {
    const position = minSeparation + draw(places);
    const near = positions.findIndex(
      (other, i) => i > 0 && Math.abs(other - position) < minSeparation,
    );
    if (near < 0) {
      positions.push(position);
    } else if (cuts === MAX_CUTS) {
      return null;
    } else if (conflicts === MAX_CONFLICTS) {
      positions.length = near;
      conflicts = 0;
      cuts++;
    } else {
      conflicts++;
    }
  }
  return positions;
}

/** The free cells are divided among the gaps between warriors, then the warriors are shuffled: this always ends. */
function placeByGaps(
  draw: (bound: number) => number,
  { coreSize, minSeparation }: CoreSettings,
  count: number,
): number[] {
  const room = coreSize - count * minSeparation + 1;
  const offsets = Array.from({ length: count - 1 }, () => draw(room));
  const positions = offsets
    .sort((one, other) => one - other)
    .map((offset, i) => offset + (i + 1) * minSeparation);
  for (let i = 0; i < positions.length; i++) {
    const other = i + draw(positions.length - i);
    [positions[i], positions[other]] = [positions[other]!, positions[i]!];
  }
  return [0, ...positions];
}

/** Each place of warrior 2 with either starter once, drawn by the series, before any comes again; two warriors. */
export function permuteBySeries(from: SeriesStart, settings: CoreSettings): Places {
  const combinations = 2 * countPlaces(settings);
  const next = openGenerator(from);
  let seed = from.seed ?? next(0);
  let left: Int32Array = new Int32Array(0);
  return () => {
    if (left.length === 0) left = Int32Array.from({ length: combinations }, (_, i) => i);
    // A text may stand for a seed below 0.
    const drawn = ((seed % left.length) + left.length) % left.length;
    const choice = left[drawn]!;
    left[drawn] = left.at(-1)!;
    left = left.subarray(0, -1);
    seed = next(seed);
    return { positions: [0, settings.minSeparation + (choice >> 1)], first: choice & 1 };
  };
}
