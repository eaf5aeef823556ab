// A battle: rounds between the same warriors, and how they are placed. Pure: the same job gives the same result.

import type { Key } from '../core/index.ts';
import type { CoreSettings } from './settings.ts';
import type { Warrior } from './warrior.ts';

/** Where warriors begin. The first stands at 0 in every round. */
export type Placement =
  /** The same addresses in every round. */
  | { readonly kind: 'fixed'; readonly positions: readonly number[] }
  /** Drawn again for every round, at least the separation apart, from a key. */
  | { readonly kind: 'random'; readonly key: Key }
  /**
   * The series that pMARS draws from a seed (`-f` and `-F`); `text` chooses another generator (`-F TEXT`), which draws the
   * seed too where that is null.
   */
  | { readonly kind: 'series'; readonly seed: number | null; readonly text?: string }
  /** Two warriors: every position with either starter once, in an order drawn from a key, before any comes again (`-P`). */
  | { readonly kind: 'permuted'; readonly key: Key }
  /** The same in the order that pMARS draws from a seed (`-P` with `-F` or `-f`). */
  | { readonly kind: 'permuted-series'; readonly seed: number | null; readonly text?: string };

export type BattleJob = {
  readonly settings: CoreSettings;
  readonly warriors: readonly Warrior[];
  readonly rounds: number;
  readonly placement: Placement;
  /**
   * `rotate`: round r is begun by warrior r mod N, as pMARS does; `first`: by the first one always; `shuffle`: order of
   * turns and slots are drawn again for every round, from the placement's key; each round begins with fresh P-space then.
   */
  readonly order: 'rotate' | 'first' | 'shuffle';
};

/** Sums and means over the rounds; arrays are by warrior, in the order of the job. */
export type BattleResult = {
  readonly rounds: number;
  /** `outcomes[i][s]`: rounds that warrior i survived with s survivors in all, s = 0 for those it lost. */
  readonly outcomes: readonly (readonly number[])[];
  /** Means over rounds of the round results. */
  readonly survival: readonly number[];
  readonly spawned: readonly number[];
  readonly coverage: readonly number[];
  readonly instructions: number;
};
