// Successive halving: all candidates play a little, the better half plays more, and so on. Each rung costs the same.

import { plural, UserError } from '../../core/index.ts';

/** A rung: every candidate that is left plays `rounds` more rounds against each of `opponents` opponents. */
export type Rung = {
  readonly candidates: number;
  readonly opponents: number;
  /** Even, so that either warrior begins as often. */
  readonly rounds: number;
};

type HalvingOptions = {
  readonly candidates: number;
  readonly opponents: number;
  /** Rounds in all. */
  readonly budget: number;
  /** Candidates of the last rung. */
  readonly keep: number;
};

/** Rounds of a candidate in the first rung, at least, where the number of candidates may be chosen. */
const FIRST_ROUNDS = 20;

/**
 * The rungs of a budget: half of the candidates go on from each, until `keep` are left. Where a rung cannot afford two
 * rounds against every opponent, it has fewer opponents.
 *
 * Source: Jamieson and Talwalkar, Non-stochastic best arm identification and hyperparameter optimization (AISTATS 2016).
 *
 * @throws UserError if the budget is too small for so many candidates
 */
export function planHalving({ candidates, opponents, budget, keep }: HalvingOptions): Rung[] {
  const count = countRungs(candidates, keep);
  const least = leastBudget(candidates, keep);
  if (budget < least) throw tooSmallError(candidates, budget, least);
  const rungs: Rung[] = [];
  let left = candidates;
  let spent = 0;
  for (let k = 0; k < count; k++) {
    // What earlier rungs could not use goes to later ones.
    const affordable = Math.floor(((budget * (k + 1)) / count - spent) / left);
    // Two rounds at least: a rung is given no less than the first one, and has no more candidates.
    const pairs = Math.min(opponents, Math.floor(affordable / 2));
    const rounds = 2 * Math.floor(affordable / pairs / 2);
    rungs.push({ candidates: left, opponents: pairs, rounds });
    spent += left * pairs * rounds;
    left = Math.min(left, Math.max(keep, Math.ceil(left / 2)));
  }
  return rungs;
}

/** Rounds that the rungs of so many candidates need: two for each in each. */
export function leastBudget(candidates: number, keep: number): number {
  return 2 * candidates * countRungs(candidates, keep);
}

/** What a person reads where a budget is below `least`. */
export function tooSmallError(candidates: number, budget: number, least: number): UserError {
  const [has, needs] = [budget, least].map((rounds) => rounds.toLocaleString('en-US'));
  return new UserError(`too few rounds for ${plural(candidates, 'candidate')}: ${has}`, {
    hint: `they need at least ${needs}: give a larger budget, or fewer candidates`,
  });
}

/** The largest number of candidates, up to `most`, that the budget gives a fair look; two at least. */
export function chooseCandidateCount(budget: number, keep: number, most: number): number {
  let count = Math.max(2, most);
  while (count > 2 && budget / countRungs(count, keep) / count < FIRST_ROUNDS) count--;
  return count;
}

/** Battles that rungs have where none has more than `most` rounds. */
export function countBattles(rungs: readonly Rung[], most: number): number {
  return rungs.reduce(
    (sum, { candidates, opponents, rounds }) =>
      sum + candidates * opponents * Math.ceil(rounds / most),
    0,
  );
}

function countRungs(candidates: number, keep: number): number {
  return 1 + Math.max(0, Math.ceil(Math.log2(candidates / keep)));
}
