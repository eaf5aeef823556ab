// What the pool and its workers tell each other. Plain data.

import type { BattleJob, BattleResult, CoreSettings, Warrior } from '../corewar/index.ts';

/** A job whose settings and warriors are numbers of what the worker was given before or with the batch. */
export type PackedJob = Omit<BattleJob, 'settings' | 'warriors'> & {
  readonly settings: number;
  readonly warriors: readonly number[];
};

export type BatchRequest = {
  readonly batch: number;
  /** Forget all warriors and settings first. */
  readonly forget: boolean;
  readonly settings: readonly (readonly [number, CoreSettings])[];
  readonly warriors: readonly (readonly [number, Warrior])[];
  readonly jobs: readonly PackedJob[];
};

export type BatchReply =
  | { readonly batch: number; readonly results: readonly BattleResult[] }
  | {
      readonly batch: number;
      /** With a hint, which may be empty, the error is for the user. */
      readonly error: { readonly message: string; readonly stack: string; readonly hint?: string };
    };
