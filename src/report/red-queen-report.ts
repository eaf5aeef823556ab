// The report of an arms race: rounds, archives, generality, champions against one another, and where the last one comes from.

import {
  type Candidate,
  compareRuns,
  finalElites,
  findRoundChampion,
  type GeneralityRecord,
  makeLayout,
  type Outcome,
  type RedQueenRecipe,
  type RedQueenSummary,
  traceAncestry,
} from '../redqueen/index.ts';
import { cellGrid } from './cell-grid.ts';
import { lineChart } from './charts.ts';
import { formatCompact, formatDuration, formatNumber, formatPercent } from './format.ts';
import { renderReport } from './html.ts';
import { FULL_WIDTH, HALF_WIDTH, PANEL_WIDTH } from './page-style.ts';
import { describeProvenance, type Provenance } from './provenance-section.ts';
import type { Block, Cell, GridCell, Point, Section } from './types.ts';

export type RedQueenReportData = Provenance & {
  readonly recipe: RedQueenRecipe;
  readonly summary: RedQueenSummary;
  /** By round, from round 1 on. */
  readonly candidates: readonly (readonly Candidate[])[];
  readonly generality: GeneralityRecord | null;
};

/** Rounds whose archives are drawn, at most: the first, the last, and as many between. */
const MOST_ARCHIVES = 12;
/** Columns of numbers that are written as text. */
const numeric = true;

/** One run as a self-contained HTML page; the run may be unfinished, or not measured yet. */
export function buildRedQueenReport(data: RedQueenReportData): string {
  const { summary, recipe } = data;
  return renderReport({
    title: summary.name,
    subtitle: writeHeadline(data),
    facts: listFacts(data),
    sections: [
      describeMeaning(data),
      describeRounds(data),
      ...describeArchives(data),
      ...describeGenerality(data),
      ...describeTournament(data),
      ...describeAncestry(data),
      describeProvenance(data),
    ],
    footer: `Written by Primordia. Fitness is the mean survival score: 1 is an equal share, ${
      recipe.opponents.target === 'static'
        ? 'more is better'
        : 'the number of warriors is all of it'
    }.`,
  });
}

function writeHeadline({ summary, generality, recipe }: RedQueenReportData): string {
  const done = summary.rounds.length;
  const state = summary.finished ? '' : `Unfinished: round ${done} of ${recipe.rounds}. `;
  const [first, last] = [generality?.champions[0], generality?.champions.at(-1)];
  if (!first || !last || first === last) {
    return `${state}${done} rounds, ${formatCompact(summary.evaluations)} warriors evaluated`;
  }
  return (
    `${state}The champion of round ${last.round} defeats or ties ${formatPercent(last.generality)} of ` +
    `${generality!.opponents.length} held-out warriors; that of round 1 ${formatPercent(first.generality)}`
  );
}

function listFacts({ summary, recipe }: RedQueenReportData): [string, string][] {
  const { opponents, mutator } = recipe;
  const against =
    opponents.target === 'static' ? 'the initial ones' : `last ${opponents.last ?? 'all'}`;
  return [
    ['Rounds done', `${summary.rounds.length}/${recipe.rounds}`],
    ['Opponents', against],
    ['Mutator', mutator.kind],
    ['Evaluations', formatCompact(summary.evaluations)],
    ['Simulations each', `${recipe.simulations}`],
    ['Seed', `${summary.seed}`],
    ...(summary.calls > 0
      ? ([
          ['Requests', formatCompact(summary.calls)],
          ['Tokens', formatCompact(summary.tokens)],
        ] satisfies [string, string][])
      : []),
    ['Time', formatDuration(summary.seconds)],
  ];
}

function describeMeaning({ recipe, generality }: RedQueenReportData): Section {
  const items = [
    'One run shows that evolution works and what it looks like. Whether more rounds make better generalists, or independent runs converge, takes several runs: "primordia drq report" of all of them.',
  ];
  if (!generality) {
    items.push(
      'Generality has not been measured: "primordia drq generality" plays the champions against warriors that evolution never saw.',
    );
  }
  return {
    heading: 'What this run can show',
    ...(recipe.description === '' ? {} : { text: recipe.description }),
    blocks: [{ kind: 'banner', tone: 'note', heading: 'One seed.', items }],
  };
}

function describeRounds({ summary }: RedQueenReportData): Section {
  const { rounds } = summary;
  const line = (read: (round: (typeof rounds)[number]) => number | null): Point[] =>
    rounds.map((round) => [round.round, read(round)]);
  const charts: Block[] = [
    {
      kind: 'figure',
      svg: lineChart({
        ...{ title: 'Fitness of the champion', xLabel: 'round', yLabel: 'mean survival score' },
        series: [{ name: 'fitness', points: line(({ fitness }) => fitness) }],
        references: [{ label: 'equal share', value: 1 }],
        ...{ unlabelled: true, width: HALF_WIDTH, height: 260 },
      }),
      caption: 'Against the opponents of its round: rounds differ in them. 1 is an equal share.',
    },
    {
      kind: 'figure',
      svg: lineChart({
        ...{ title: 'QD score', xLabel: 'round', yLabel: 'sum of fitness over elites' },
        series: [{ name: 'QD score', points: line(({ qdScore }) => qdScore) }],
        ...{ unlabelled: true, width: HALF_WIDTH, height: 260 },
      }),
      caption: 'How much the archive holds at the end of each round.',
    },
  ];
  return {
    heading: 'Rounds',
    text: 'Each round fills an archive anew, against fixed opponents; its fittest elite is the champion that later rounds face.',
    blocks: [
      ...charts,
      {
        kind: 'table',
        columns: [
          ...[{ label: 'Round' }, { label: 'Champion' }, { label: 'Fitness' }],
          ...[
            { label: 'Niches held', numeric },
            { label: 'QD score', digits: 2 },
          ],
          ...[{ label: 'Candidates' }, { label: 'Not legal' }, { label: 'Generality', numeric }],
        ],
        rows: rounds.map((round): Cell[] => [
          ...[round.round, round.champion ?? '–', round.fitness],
          ...[formatPercent(round.coverage, 0), round.qdScore, round.candidates, round.failures],
          formatPercent(round.generality),
        ]),
      },
    ],
  };
}

function describeArchives({ candidates, recipe }: RedQueenReportData): Section[] {
  const layout = makeLayout(recipe.archive);
  if (layout.axes.length !== 2 || candidates.length === 0) return [];
  const most = Math.max(
    1,
    ...candidates.map((own) => findRoundChampion(own)?.evaluation?.fitness ?? 0),
  );
  const [yAxis, xAxis] = layout.axes as [string, string];
  const [yEdges, xEdges] = layout.edges as [readonly number[], readonly number[]];
  const columns = xEdges.length + 1;
  const svgs = chooseRounds(candidates.length).map((round) => {
    const elites = finalElites(candidates[round - 1]!);
    const rows = Array.from({ length: yEdges.length + 1 }, (_, r) =>
      Array.from({ length: columns }, (_, c): GridCell | null => {
        // The first axis grows upwards, as axes do.
        const elite = elites.get((yEdges.length - r) * columns + c);
        if (!elite) return null;
        const { fitness } = elite.evaluation!;
        return {
          color: 'var(--series-1, #2167c5)',
          strength: 0.1 + 0.75 * Math.min(1, fitness / most),
          text: fitness.toFixed(1),
          hint: `${elite.name}: fitness ${fitness.toFixed(3)}`,
        };
      }),
    );
    return cellGrid({
      ...{ title: `Round ${round}`, xLabel: xAxis, yLabel: yAxis, rows, width: PANEL_WIDTH },
      rowLabels: labelBins(yEdges).reverse(),
      columnLabels: labelBins(xEdges),
    });
  });
  return [
    {
      heading: 'Archives',
      text: `One niche a cell: ${NAMES[yAxis] ?? yAxis} upwards, ${NAMES[xAxis] ?? xAxis} to the right; the number is the elite's fitness.`,
      blocks: [
        {
          kind: 'multiples',
          svgs,
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

function describeGenerality({ generality }: RedQueenReportData): Section[] {
  if (!generality) return [];
  const { champions, opponents, rounds } = generality;
  const share = (read: (champion: (typeof champions)[number]) => number): Point[] =>
    champions.map((champion) => [champion.round, 100 * read(champion)]);
  const { fit } = compareRuns([{ group: '', record: generality }]).groups[0]!;
  return [
    {
      heading: 'Generality',
      text: `Every champion in duels with ${opponents.length} warriors that evolution never saw, ${rounds} rounds each. It defeats those that it outlasts on average, and ties those that it equals.`,
      blocks: [
        {
          kind: 'figure',
          wide: true,
          svg: lineChart({
            ...{ title: 'Held-out warriors defeated', xLabel: 'round', yLabel: '% of opponents' },
            series: [
              { name: 'defeated or tied', points: share((champion) => champion.generality) },
              { name: 'defeated', points: share((champion) => champion.defeated) },
              ...(fit
                ? [
                    {
                      name: 'a + b ln(round)',
                      points: share(({ round }) => fit.intercept + fit.slope * Math.log(round)),
                      dashed: true,
                    },
                  ]
                : []),
            ],
            ...{ width: FULL_WIDTH, height: 320 },
          }),
          ...(fit
            ? {
                caption: `The fit of generality is ${formatNumber(100 * fit.intercept, 1)} + ${formatNumber(100 * fit.slope, 1)} ln(round), R² ${formatNumber(fit.r2, 2)}.`,
              }
            : {}),
        },
      ],
    },
  ];
}

const OUTCOME_COLORS: Readonly<Record<Outcome, [string, string]>> = {
  defeated: ['var(--good, #0f6b4f)', 'W'],
  lost: ['var(--bad, #b3261e)', 'L'],
  tied: ['var(--ink-soft, #59626f)', 'T'],
};

function describeTournament({ generality }: RedQueenReportData): Section[] {
  if (!generality || generality.champions.length < 2) return [];
  const { champions, tournament, cycles } = generality;
  const labels = champions.map(({ round }) => `${round}`);
  const rows = tournament.map((row, i) =>
    row.map((outcome, j): GridCell | null => {
      if (outcome === null) return null;
      const [color, text] = OUTCOME_COLORS[outcome];
      const hint = `round ${labels[i]} against round ${labels[j]}: ${outcome}`;
      return { color, strength: outcome === 'tied' ? 0.25 : 0.5, text, hint };
    }),
  );
  const n = champions.length;
  const triples = (n * (n - 1) * (n - 2)) / 6;
  return [
    {
      heading: 'Champion against champion',
      text: 'What the champion of the row’s round does to that of the column’s: W wins, L loses, T ties.',
      blocks: [
        {
          kind: 'figure',
          svg: cellGrid({
            ...{ title: 'Duels of champions', xLabel: 'round', rows, width: HALF_WIDTH },
            ...{ rowLabels: labels, columnLabels: labels },
          }),
          caption: `${cycles} of ${triples} triples are cycles, in which a defeats b, b defeats c and c defeats a.`,
        },
      ],
    },
  ];
}

function describeAncestry({ candidates }: RedQueenReportData): Section[] {
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
            ...[{ label: 'Round' }, { label: 'Candidate' }, { label: 'Name' }],
            ...[{ label: 'Origin' }, { label: 'Parents' }, { label: 'Fitness' }],
            ...[
              { label: 'Length' },
              { label: 'Spawned', numeric },
              { label: 'Addresses', numeric },
            ],
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
    ...[round, index, name, from, parents.join(', ') || '–'],
    ...[evaluation!.fitness, evaluation!.length],
    ...[formatNumber(evaluation!.spawned, 1), formatNumber(evaluation!.coverage, 1)],
  ];
}
