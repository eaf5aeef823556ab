// What follows from recorded candidates: a round's archive at its end, and the ancestry of a champion.

import type { Candidate } from './candidate.ts';

/** What archives and lines of descent follow from. */
export type Bred = Pick<
  Candidate,
  'round' | 'index' | 'parents' | 'champion' | 'evaluation' | 'niche' | 'kept'
>;

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
export function finalElites<C extends Bred>(candidates: readonly C[]): Map<number, C> {
  const elites = new Map<number, C>();
  for (const candidate of candidates) {
    if (candidate.kept) elites.set(candidate.niche!, candidate);
  }
  return new Map([...elites].sort(([a], [b]) => a - b));
}

/** The fittest elite of a round, the earliest of equals; null if no candidate was legal. */
export function findRoundChampion<C extends Bred>(candidates: readonly C[]): C | null {
  const fitness = (candidate: C) => candidate.evaluation!.fitness;
  const [best] = [...finalElites(candidates).values()].sort(
    (a, b) => fitness(b) - fitness(a) || a.index - b.index,
  );
  return best ?? null;
}

/** What a candidate was made from, of two parents the first; a champion of an earlier round is followed into that round. */
export function findOrigin<C extends Bred>(
  rounds: readonly (readonly C[])[],
  { round, parents, champion }: C,
): C | null {
  const [parent] = parents;
  if (parent !== undefined) return rounds[round - 1]![parent] ?? null;
  return champion ? findRoundChampion(rounds[champion - 1] ?? []) : null;
}

/** The line of a candidate, from it back to a new warrior or an initial opponent. */
export function traceLine<C extends Bred>(rounds: readonly (readonly C[])[], begin: C): C[] {
  const line: C[] = [];
  for (let one: C | null = begin; one; one = findOrigin(rounds, one)) line.push(one);
  return line;
}

/** The line of a round's champion; empty if no candidate was legal. */
export function traceAncestry<C extends Bred>(
  rounds: readonly (readonly C[])[],
  round: number,
): C[] {
  const champion = findRoundChampion(rounds[round - 1] ?? []);
  return champion ? traceLine(rounds, champion) : [];
}
