// The record of a candidate: one line of candidates.jsonl, which suffices to rebuild the archive.

/** What a candidate did in battle, and what it is made of. */
export type Evaluation = {
  /** Mean survival score: 1 is an equal share, the number of warriors is all of it. */
  readonly fitness: number;
  /** Mean number of processes spawned. */
  readonly spawned: number;
  /** Mean number of distinct addresses queued for execution. */
  readonly coverage: number;
  /** Distinct opcodes in the source. */
  readonly opcodes: number;
  /** Instructions. */
  readonly length: number;
};

/** `warm-up`: a past champion or initial opponent that a round's archive begins with. */
export type CandidateOrigin = 'warm-up' | 'new' | 'mutation';

export type Candidate = {
  /** From 1. */
  readonly round: number;
  /** From 0 in its round. */
  readonly index: number;
  readonly origin: CandidateOrigin;
  /** Kind of the mutator that made it. */
  readonly mutator: string | null;
  /** Candidates of the same round that it was made from. */
  readonly parents: readonly number[];
  /** For a warm-up: the round whose champion it was, 0 for an initial opponent. */
  readonly champion: number | null;
  readonly name: string;
  /** What was written, legal or not; null if there was no code. */
  readonly source: string | null;
  readonly failure: 'no code' | 'invalid' | null;
  readonly errors: readonly string[];
  readonly repaired: boolean;
  /** null for a failure. */
  readonly evaluation: Evaluation | null;
  /** Niche it fell into, and whether it became its elite. */
  readonly niche: number | null;
  readonly kept: boolean;
};
