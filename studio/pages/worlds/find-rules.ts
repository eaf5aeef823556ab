// Random rules of an NCA world whose simulations lie in its band, one after the other, as they are found.

import { foldIn, keyFromSeed } from '../../../src/core/index.ts';
import {
  createNcaKernel,
  isWithin,
  type NcaOptions,
  RATIO_FRAMES,
  type RatioBounds,
  type SettledNcaOptions,
} from '../../../src/worlds/nca/index.ts';

/** A rule by the random seed and its number under it, as `primordia nca render --seed S --rule N` draws it. */
export type RuleName = { readonly seed: number; readonly number: number };

export type FoundRule = RuleName & {
  /** Gzip ratio of the first ten frames. */
  readonly ratio: number;
  readonly grid: number;
  readonly frames: number;
  /** `[frames, grid, grid]` */
  readonly cells: Uint8Array<ArrayBuffer>;
};

export type RuleRequest = {
  readonly options: Partial<NcaOptions>;
  readonly seed: number;
  /** Rules of the sheet. */
  readonly count: number;
  /** Rules to play whatever their ratio, before those of the sheet. */
  readonly kept: readonly RuleName[];
};

export type RuleEvent =
  | {
      readonly kind: 'world';
      readonly options: SettledNcaOptions;
      readonly bounds: RatioBounds | null;
      readonly frames: number;
    }
  | { readonly kind: 'kept' | 'rule'; readonly rule: FoundRule }
  /** Rules drawn for the sheet. */
  | { readonly kind: 'end'; readonly drawn: number };

/** Rules that are drawn for a sheet at most. */
const MAX_DRAWN = 4000;

/**
 * Draws rules in the order of their numbers until `count` lie in the band of the options. Each plays from its burn-in on, for
 * as many frames as `countFrames` says.
 *
 * @throws UserError for wrong options, or a band that no rule reaches
 */
export function* findRules({ options, seed, count, kept }: RuleRequest): Generator<RuleEvent> {
  const frames = countFrames(options);
  const kernel = createNcaKernel(options, { maxFrames: frames });
  const { bounds } = kernel;
  yield { kind: 'world', options: kernel.options, bounds, frames };

  const simulate = (name: RuleName, length: number) => {
    const attempt = foldIn(foldIn(keyFromSeed(name.seed), name.number), 0);
    // Of a pool, numbers are those of its members.
    const ruleKey =
      kernel.options.rules === 'fresh' ? foldIn(attempt, 'rule') : kernel.poolRuleKey(name.number);
    kernel.simulate(ruleKey, foldIn(attempt, 'rollout'), length);
  };
  const play = (name: RuleName): FoundRule => {
    simulate(name, frames);
    const states = kernel.states();
    const cells = new Uint8Array(states.cells);
    return { ...name, ratio: kernel.ratio(), grid: states.grid, frames, cells };
  };

  for (const name of kept) yield { kind: 'kept', rule: play(name) };
  const { rules } = kernel.options;
  const most = rules === 'fresh' ? MAX_DRAWN : Math.min(rules, MAX_DRAWN);
  let number = 0;
  for (let found = 0; found < count && number < most; number++) {
    const name = { seed, number };
    if (bounds !== null) {
      simulate(name, RATIO_FRAMES);
      if (!isWithin(bounds, kernel.ratio())) continue;
    }
    found++;
    yield { kind: 'rule', rule: play(name) };
  }
  yield { kind: 'end', drawn: number };
}

const MAX_FRAMES = 1200;
/** Of a rule: what it takes in memory, and what is computed for it. */
const MAX_CELLS = 1_500_000;
const MAX_UPDATES = 20_000_000;

/** Frames that each rule plays, fewer on large grids: at least those that its ratio is taken over. */
export function countFrames({ grid = 12, dt = 1 }: Partial<NcaOptions>): number {
  const cells = grid * grid;
  const most = Math.min(MAX_FRAMES, MAX_CELLS / cells, MAX_UPDATES / (cells * dt));
  return Math.max(RATIO_FRAMES, Math.floor(most)) || RATIO_FRAMES;
}
