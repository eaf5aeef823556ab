// An archive as a file: what people and reports read.

import { type Archive, findBins, findChampion, measureArchive } from './archive.ts';

export type ArchiveRecord = {
  readonly axes: readonly string[];
  readonly edges: readonly (readonly number[])[];
  readonly coverage: number;
  readonly qdScore: number;
  /** Index of the candidate that is the champion; null for an empty archive. */
  readonly champion: number | null;
  readonly elites: readonly {
    readonly niche: number;
    /** Bin on each axis. */
    readonly bins: readonly number[];
    readonly candidate: number;
    readonly name: string;
    readonly fitness: number;
    readonly spawned: number;
    readonly coverage: number;
    readonly opcodes: number;
    readonly length: number;
    readonly source: string;
  }[];
};

export function archiveRecord(archive: Archive): ArchiveRecord {
  const { layout, elites } = archive;
  return {
    axes: layout.axes,
    edges: layout.edges,
    ...measureArchive(archive),
    champion: findChampion(archive)?.index ?? null,
    elites: elites.flatMap((elite, niche) => {
      if (!elite) return [];
      const { index, source, warrior, evaluation } = elite;
      const bins = findBins(layout, evaluation);
      return [{ niche, bins, candidate: index, name: warrior.name, ...evaluation, source }];
    }),
  };
}
