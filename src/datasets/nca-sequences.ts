// Which sequences a data set of the NCA world holds: the one place where they are made.

import { foldIn, keyFromSeed, UserError } from '../core/index.ts';
import {
  createNcaKernel,
  createNcaWorld,
  type NcaArithmetic,
  type NcaOptions,
  type NcaWorld,
  type RatioBounds,
  type SettledNcaOptions,
} from '../worlds/nca/index.ts';

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
};

export type SequenceMaker = {
  /**
   * Writes sequences `first .. first+count-1` into `out`, `[count * sequenceLength]`. Pure: sequence i depends on
   * the source and i alone.
   *
   * @returns simulations drawn until each sequence had one that passed the filter, their sum
   */
  make(first: number, count: number, out: Int32Array): number;
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
  const kernel = createNcaKernel(options, { arithmetic, bounds });
  const key = foldIn(keyFromSeed(seed), 'nca generate');
  return {
    make: (first, count, out) => {
      let attempts = 0;
      for (let i = 0; i < count; i++) {
        attempts += kernel.draw(key, first + i, out, i * options.sequenceLength);
      }
      return attempts;
    },
  };
}
