// What makes new warriors: the contract that the genetic mutator and the language model share.

import type { Key } from '../core/index.ts';
import type { Warrior } from '../corewar/index.ts';

/** A warrior that something is made from. */
export type Parent = { readonly source: string; readonly warrior: Warrior };

export type ProposalRequest = {
  /** All the randomness there is. */
  readonly key: Key;
  /** Names the candidate, e.g. `round 3, candidate 17`: no two are alike in a run. */
  readonly tag: string;
  /** What to change; null for a new warrior. */
  readonly parent: Parent | null;
  /** A second elite, where there is one, to take from. */
  readonly mate: Parent | null;
  /** Nothing is begun once it is aborted; what was paid for is waited for and kept. */
  readonly signal?: AbortSignal | undefined;
};

export type Proposal = {
  readonly mutator: 'genetic' | 'llm';
  /** What was made; null when nothing usable was. */
  readonly source: string | null;
  readonly warrior: Warrior | null;
  /** Why there is no warrior. */
  readonly failure: 'no code' | 'invalid' | null;
  /** The assembler's errors, for people. */
  readonly errors: readonly string[];
  /** Whether a first answer was sent back with its errors. */
  readonly repaired: boolean;
  /** Whether something was taken from the mate. */
  readonly usedMate: boolean;
};

export type Mutator = {
  propose(request: ProposalRequest): Promise<Proposal>;
};
