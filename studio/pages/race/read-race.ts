// What the page of an arms race shows, computed from its candidates.

import { finalElites, findRoundChampion, traceLine } from '../../../src/redqueen/ancestry.ts';
import type { RaceAnswer, RaceCandidate } from '../../../src/studio/protocol.ts';

export type Niche = {
  readonly niche: number;
  readonly elite: RaceCandidate | null;
};

export type ArchiveMap = {
  readonly xAxis: string;
  readonly yAxis: string;
  /** Lower bounds of the bins, from left to right and from top to bottom. */
  readonly columns: readonly number[];
  readonly rows: readonly number[];
  /** Niches by row and column. */
  readonly niches: readonly (readonly Niche[])[];
};

/**
 * The archive after some candidates of a round, as a map: the first axis grows upward, the second one to the right. An archive of one
 * axis is a row, and one of none a single niche.
 *
 * @param candidates of one round, so far
 */
export function mapArchive(
  { axes, edges }: RaceAnswer['layout'],
  candidates: readonly RaceCandidate[],
): ArchiveMap {
  const elites = finalElites(candidates);
  const [yEdges, xEdges] = edges.length >= 2 ? [edges[0]!, edges.at(-1)!] : [[], edges[0] ?? []];
  // Axes between the first and the last one lie beside each other in the columns.
  const perRow = edges.slice(edges.length >= 2 ? 1 : 0).reduce((n, own) => n * (own.length + 1), 1);
  const rows = [0, ...yEdges].toReversed();
  return {
    xAxis: axes.at(-1) ?? '',
    yAxis: axes.length >= 2 ? axes[0]! : '',
    columns: Array.from({ length: perRow }, (_, i) => [0, ...xEdges][i % (xEdges.length + 1)]!),
    rows,
    niches: rows.map((_, r) =>
      Array.from({ length: perRow }, (__, c) => {
        const niche = (rows.length - 1 - r) * perRow + c;
        return { niche, elite: elites.get(niche) ?? null };
      }),
    ),
  };
}

export type RoundFacts = {
  readonly round: number;
  readonly champion: RaceCandidate | null;
  readonly candidates: number;
  readonly failures: number;
  readonly elites: number;
};

export function listRounds(rounds: RaceAnswer['rounds']): RoundFacts[] {
  return rounds.map((candidates, i) => ({
    round: i + 1,
    champion: findRoundChampion(candidates),
    candidates: candidates.length,
    failures: candidates.filter(({ evaluation }) => evaluation === null).length,
    elites: finalElites(candidates).size,
  }));
}

export type TreeNode = {
  readonly candidate: RaceCandidate;
  readonly fitness: number;
  /** Whether it is on the line that leads to the chosen candidate. */
  readonly isAncestor: boolean;
  readonly parents: readonly RaceCandidate[];
};

/** The legal candidates of a round with what they were made from; those of the line that leads to `chosen` are marked. */
export function drawTree(
  rounds: RaceAnswer['rounds'],
  round: number,
  chosen: RaceCandidate | null,
): TreeNode[] {
  const line = new Set(chosen ? traceLine(rounds, chosen) : []);
  const candidates = rounds[round - 1] ?? [];
  return candidates.flatMap((candidate): TreeNode[] => {
    if (candidate.evaluation === null) return [];
    const parents = candidate.parents.map((index) => candidates[index]).filter((one) => !!one);
    return [
      {
        candidate,
        fitness: candidate.evaluation.fitness,
        isAncestor: line.has(candidate),
        parents,
      },
    ];
  });
}

/** Candidates of a round that were made from another one of it. */
export function listChildren(
  rounds: RaceAnswer['rounds'],
  { round, index }: RaceCandidate,
): RaceCandidate[] {
  return (rounds[round - 1] ?? []).filter(({ parents }) => parents.includes(index));
}

export function describeOriginOf({ origin, champion, mutator, parents }: RaceCandidate): string {
  if (origin === 'warm-up') {
    return champion === 0 ? 'an initial opponent' : `the champion of round ${champion}`;
  }
  if (origin === 'new') return `new, by ${mutator}`;
  return `by ${mutator} from ${parents.map((index) => `#${index}`).join(' and ')}`;
}
