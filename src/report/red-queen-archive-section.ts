// Sections of an arms race's report: its archives as maps, and where its last champion comes from.

import { formatCompact, formatNumber } from '../chart/format.ts';
import type { CellGrid, GridCell } from '../chart/index.ts';
import {
  type Candidate,
  finalElites,
  findRoundChampion,
  makeLayout,
  traceAncestry,
} from '../redqueen/index.ts';
import type { RedQueenReportData } from './red-queen-data.ts';
import type { Cell, Section } from './types.ts';

/** Rounds whose archives are drawn, at most: the first, the last, and as many between. */
const MOST_ARCHIVES = 12;
/** Columns of numbers that are written as text. */
const numeric = true;

export function describeArchives({ candidates, recipe }: RedQueenReportData): Section[] {
  const layout = makeLayout(recipe.archive);
  if (layout.axes.length !== 2 || candidates.length === 0) return [];
  const most = Math.max(
    1,
    ...candidates.map((own) => findRoundChampion(own)?.evaluation?.fitness ?? 0),
  );
  const [yAxis, xAxis] = layout.axes as [string, string];
  const [yEdges, xEdges] = layout.edges as [readonly number[], readonly number[]];
  const columns = xEdges.length + 1;
  const charts = chooseRounds(candidates.length).map((round): CellGrid => {
    const elites = finalElites(candidates[round - 1]!);
    const rows = Array.from({ length: yEdges.length + 1 }, (_, r) =>
      Array.from({ length: columns }, (_, c): GridCell | null => {
        // The first axis grows upwards, as axes do.
        const elite = elites.get((yEdges.length - r) * columns + c);
        if (!elite) return null;
        const { fitness } = elite.evaluation!;
        return {
          color: 'var(--series-1, #2167c5)',
          // The figure in it stays readable on the strongest.
          strength: 0.1 + 0.5 * Math.min(1, fitness / most),
          text: fitness.toFixed(1),
          hint: `${elite.name}: fitness ${fitness.toFixed(3)}`,
        };
      }),
    );
    return {
      kind: 'cells',
      title: `Round ${round}`,
      xLabel: xAxis,
      yLabel: yAxis,
      rows,
      rowLabels: labelBins(yEdges).reverse(),
      columnLabels: labelBins(xEdges),
    };
  });
  return [
    {
      heading: 'Archives',
      text: `One niche per cell: ${NAMES[yAxis] ?? yAxis} upwards, ${NAMES[xAxis] ?? xAxis} to the right; the number is the elite's fitness.`,
      blocks: [
        {
          kind: 'multiples',
          charts,
          caption: 'The archive at the end of rounds. Labels are the lower bounds of the bins.',
        },
      ],
    },
  ];
}

const NAMES: Readonly<Record<string, string>> = {
  spawned: 'processes spawned',
  coverage: 'addresses executed',
  opcodes: 'distinct opcodes',
  length: 'instructions',
};

function labelBins(edges: readonly number[]): string[] {
  return ['0', ...edges.map((edge) => formatCompact(edge))];
}

function chooseRounds(rounds: number): number[] {
  const count = Math.min(rounds, MOST_ARCHIVES);
  if (count === 1) return [1];
  return Array.from({ length: count }, (_, i) => 1 + Math.round((i * (rounds - 1)) / (count - 1)));
}

export function describeAncestry({ candidates }: RedQueenReportData): Section[] {
  const line = traceAncestry(candidates, candidates.length);
  const [champion] = line;
  if (!champion) return [];
  return [
    {
      heading: 'The last champion',
      text: `${champion.name}, and the line that it comes from, back to the warrior that was not made from another.`,
      blocks: [
        { kind: 'details', summary: 'Source', text: champion.source! },
        {
          kind: 'table',
          columns: [
            { label: 'Round' },
            { label: 'Candidate' },
            { label: 'Name' },
            { label: 'Origin' },
            { label: 'Parents' },
            { label: 'Fitness' },
            { label: 'Length' },
            { label: 'Spawned', numeric },
            { label: 'Addresses', numeric },
          ],
          rows: line.map(describeAncestor),
        },
      ],
    },
  ];
}

function describeAncestor(candidate: Candidate): Cell[] {
  const { round, index, name, origin, mutator, parents, champion, evaluation } = candidate;
  const from =
    origin === 'warm-up'
      ? champion === 0
        ? 'initial opponent'
        : `champion of round ${champion}`
      : `${origin}, ${mutator}`;
  return [
    round,
    index,
    name,
    from,
    parents.join(', ') || '–',
    evaluation!.fitness,
    evaluation!.length,
    formatNumber(evaluation!.spawned, 1),
    formatNumber(evaluation!.coverage, 1),
  ];
}
