// The archive of MAP-Elites: one elite per niche. Plain data and pure functions.

import type { Warrior } from '../corewar/index.ts';
import type { Evaluation } from './candidate.ts';
import type { Axis } from './recipe.ts';
import { PUBLISHED_EDGES } from './recipe.ts';

export type Elite = {
  /** Number of the candidate in its round. */
  readonly index: number;
  readonly source: string;
  readonly warrior: Warrior;
  readonly evaluation: Evaluation;
};

export type ArchiveLayout = {
  readonly axes: readonly Axis[];
  /** Lower bounds of the bins after the first, by axis. */
  readonly edges: readonly (readonly number[])[];
};

export type Archive = {
  readonly layout: ArchiveLayout;
  /** By number of the niche; `countNiches(layout)` places. */
  readonly elites: readonly (Elite | null)[];
};

/** No axes make one niche: the paper's ablation. */
export function makeLayout(archive: {
  readonly axes: readonly Axis[];
  readonly edges?: { readonly [axis in Axis]?: readonly number[] | undefined };
}): ArchiveLayout {
  const { axes, edges = {} } = archive;
  return { axes, edges: axes.map((axis) => edges[axis] ?? PUBLISHED_EDGES[axis]) };
}

/** Bins of each axis multiplied; 1 without axes. */
export function countNiches({ edges }: ArchiveLayout): number {
  return edges.reduce((niches, own) => niches * (own.length + 1), 1);
}

export function createArchive(layout: ArchiveLayout): Archive {
  return { layout, elites: Array.from({ length: countNiches(layout) }, () => null) };
}

/** The bin on each axis that an evaluation falls into. */
export function findBins({ axes, edges }: ArchiveLayout, evaluation: Evaluation): number[] {
  return axes.map((axis, i) => edges[i]!.filter((edge) => evaluation[axis] >= edge).length);
}

/** The niche's number: the last axis varies fastest. */
export function findNiche(layout: ArchiveLayout, evaluation: Evaluation): number {
  const bins = findBins(layout, evaluation);
  return layout.edges.reduce((niche, own, i) => niche * (own.length + 1) + bins[i]!, 0);
}

/** The archive with a candidate in its niche, or the same archive where that is held by one as good or better. */
export function insertElite(archive: Archive, elite: Elite): Archive {
  const niche = findNiche(archive.layout, elite.evaluation);
  const holder = archive.elites[niche];
  if (holder && holder.evaluation.fitness >= elite.evaluation.fitness) return archive;
  return { ...archive, elites: archive.elites.with(niche, elite) };
}

/** The elites there are, by niche. */
export function listElites({ elites }: Archive): Elite[] {
  return elites.filter((elite) => elite !== null);
}

/** The fittest elite, the earliest of equals; null for an empty archive. */
export function findChampion(archive: Archive): Elite | null {
  return listElites(archive).reduce<Elite | null>((best, elite) => {
    if (best === null) return elite;
    const gain = elite.evaluation.fitness - best.evaluation.fitness;
    return gain > 0 || (gain === 0 && elite.index < best.index) ? elite : best;
  }, null);
}

/** Share of niches that are held, and the sum of the elites' fitness. */
export function measureArchive(archive: Archive): { coverage: number; qdScore: number } {
  const elites = listElites(archive);
  return {
    coverage: elites.length / archive.elites.length,
    qdScore: elites.reduce((sum, { evaluation }) => sum + evaluation.fitness, 0),
  };
}
