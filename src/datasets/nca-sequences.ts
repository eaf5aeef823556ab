// Which sequences a data set of the NCA world holds: the one place where they are made.

import { foldIn, keyFromSeed, UserError } from '../core/index.ts';
import {
  createNcaKernel,
  createNcaWorld,
  isWithin,
  type NcaArithmetic,
  type NcaOptions,
  type NcaWorld,
  type RatioBounds,
  type SettledNcaOptions,
} from '../worlds/nca/index.ts';
import type { Split } from './splits.ts';

export const ARITHMETICS = ['int16', 'float32'] as const satisfies readonly NcaArithmetic[];
/** In which numbers the rules are computed; the sequences of one differ from those of the other. */
export type Arithmetic = (typeof ARITHMETICS)[number];

/** What determines the sequences of a data set. Plain data. */
export type SequenceSource = {
  readonly seed: number;
  readonly arithmetic: Arithmetic;
  /** All options. */
  readonly options: SettledNcaOptions;
  /** What the band of the options stands for. */
  readonly bounds: RatioBounds | null;
  /** Splits of the sequences, where rules come from a pool: which of its members each split takes. */
  readonly splits?: readonly Split[] | null;
};

/** What was drawn for some sequences. */
export type SequenceCounts = {
  /** Simulations until each sequence had one that passed the filter, their sum. */
  readonly attempts: number;
  /** Sequences outside the band: some where rules are judged, none where sequences are. */
  readonly outside: number;
};

type SequenceMaker = {
  /**
   * Writes sequences `first .. first+count-1` into `out`, `[count * sequenceLength]`. Pure: sequence i depends on
   * the source and i alone.
   */
  make(first: number, count: number, out: Int32Array): SequenceCounts;
};

/**
 * The source of a data set: the world's options with `ruleSeed` set to the seed, and its band resolved.
 *
 * @throws UserError for wrong options, or a band that no rule reaches
 */
export function resolveSource(
  seed: number,
  arithmetic: Arithmetic,
  given: Partial<NcaOptions>,
): { readonly source: SequenceSource; readonly world: NcaWorld } {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new UserError(`seed ${seed} is not a whole number, 0 or more`);
  }
  const world = createNcaWorld({ ...given, arithmetic, ruleSeed: seed });
  const { options, bounds } = world;
  return { source: { seed, arithmetic, options, bounds }, world };
}

/**
 * Makes the sequences of a source. Sequence i is `drawSequence(world, foldIn(keyFromSeed(seed), 'nca generate'), i)`, to
 * the bit with `float32` arithmetic; with `int16` the network is computed in integers (`createNcaKernel`).
 *
 * @throws UserError for a world that is too large for the kernel
 */
export function createSequenceMaker(source: SequenceSource): SequenceMaker {
  const { seed, arithmetic, options, bounds } = source;
  const splits = (options.rules !== 'fresh' && source.splits) || [{ pool: null, sequences: 0 }];
  const kernels = splits.map(({ pool }) =>
    createNcaKernel(options, { arithmetic, bounds, ...(pool && { members: pool }) }),
  );
  const ends = splitEnds(splits);
  const key = foldIn(keyFromSeed(seed), 'nca generate');
  const isJudgedAgain = options.filter === 'rule' && bounds !== null;
  return {
    make: (first, count, out) => {
      let attempts = 0;
      let outside = 0;
      for (let i = 0; i < count; i++) {
        const split = ends.findIndex((end) => first + i < end);
        const kernel = kernels.at(split)!;
        attempts += kernel.draw(key, first + i, out, i * options.sequenceLength);
        if (isJudgedAgain && !isWithin(bounds, kernel.ratio())) outside++;
      }
      return { attempts, outside };
    },
  };
}

/** The sequence after the last one of each split; the last split has no end. */
function splitEnds(splits: readonly Pick<Split, 'sequences'>[]): number[] {
  let end = 0;
  return splits.slice(0, -1).map(({ sequences }) => {
    end += sequences;
    return end;
  });
}
