// What follows from recorded candidates: a round's archive at its end, and the ancestry of a champion.

import type { Candidate } from './candidate.ts';

/** A candidate's name where its round stands beside it: one that was named after its round does not say it again. */
export function nameBesideRound(name: string, round: number): string {
  const prefix = `round ${round}, `;
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** `round 1`, `rounds 1, 2`. */
export function nameRounds(rounds: readonly number[]): string {
  return `${rounds.length === 1 ? 'round' : 'rounds'} ${rounds.join(', ')}`;
}

/** The elites at the end of a round, by niche: the last candidate kept in each. */
export function finalElites(candidates: readonly Candidate[]): Map<number, Candidate> {
  const elites = new Map<number, Candidate>();
  for (const candidate of candidates) {
    if (candidate.kept) elites.set(candidate.niche!, candidate);
  }
  return new Map([...elites].sort(([a], [b]) => a - b));
}

/** The fittest elite of a round, the earliest of equals; null if no candidate was legal. */
export function findRoundChampion(candidates: readonly Candidate[]): Candidate | null {
  const fitness = (candidate: Candidate) => candidate.evaluation!.fitness;
  const [best] = [...finalElites(candidates).values()].sort(
    (a, b) => fitness(b) - fitness(a) || a.index - b.index,
  );
  return best ?? null;
}

/**
 * The line of a round's champion, from it back to a new warrior or an initial opponent. Of two parents the first is
 * followed. A champion of an earlier round is followed into that round.
 */
export function traceAncestry(
  rounds: readonly (readonly Candidate[])[],
  round: number,
): Candidate[] {
  const line: Candidate[] = [];
  let candidate = findRoundChampion(rounds[round - 1] ?? []);
  while (candidate) {
    line.push(candidate);
    const [parent] = candidate.parents;
    if (parent !== undefined) candidate = rounds[candidate.round - 1]![parent] ?? null;
    else if (candidate.champion)
      candidate = findRoundChampion(rounds[candidate.champion - 1] ?? []);
    else candidate = null;
  }
  return line;
}
