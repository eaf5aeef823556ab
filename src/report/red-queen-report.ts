// The report of an arms race: rounds, archives, generality, champions against one another, and where the last one comes from.

import { formatCompact, formatPercent } from '../chart/format.ts';
import type { Point } from '../chart/index.ts';
import { plural } from '../core/index.ts';
import {
  describeRecipe,
  nameBesideRound,
  nameRounds,
  type RedQueenSummary,
} from '../redqueen/index.ts';
import { formatDuration } from './format.ts';
import { describeOrigin, describeProvenance } from './provenance-section.ts';
import { describeAncestry, describeArchives } from './red-queen-archive-section.ts';
import type { RedQueenReportData } from './red-queen-data.ts';
import { describeGenerality, describeTournament } from './red-queen-generality-section.ts';
import type { Block, Cell, ReportPage, Section } from './types.ts';

/** Columns of numbers that are written as text. */
const numeric = true;

/** One run as a page; the run may be unfinished, or not measured yet. */
export function buildRedQueenPage(data: RedQueenReportData): ReportPage {
  const { summary, recipe } = data;
  return {
    title: `Arms race ${summary.name}`,
    ...describeOrigin(data),
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
  };
}

function writeHeadline({ summary, generality, recipe }: RedQueenReportData): string {
  const done = plural(summary.rounds.length, 'round');
  const state = summary.finished
    ? ''
    : `Unfinished: ${summary.rounds.length} of ${plural(recipe.rounds, 'round')} done. `;
  const [first, last] = [generality?.champions[0], generality?.champions.at(-1)];
  if (!first || !last) {
    const warriors = `${formatCompact(summary.evaluations)} ${summary.evaluations === 1 ? 'warrior' : 'warriors'} evaluated`;
    return `${state}${summary.finished ? `${done} with ` : ''}${warriors}; how general the champions are has not been measured.`;
  }
  const result =
    `The champion of round ${last.round} defeats or ties ${formatPercent(last.generality)} of ` +
    plural(generality!.opponents.length, 'held-out warrior');
  const before =
    first === last ? '' : `; that of round 1 did so with ${formatPercent(first.generality)}`;
  return `${state}${result}${before}.`;
}

function listFacts({ summary, recipe }: RedQueenReportData): [string, string][] {
  const { opponents, mutator } = recipe;
  const against =
    opponents.target === 'static' ? 'the initial ones' : `last ${opponents.last ?? 'all'}`;
  return [
    ['Rounds done', `${summary.rounds.length}/${recipe.rounds}`],
    ['Opponents', against],
    ['Mutator', mutator.kind === 'llm' ? mutator.model : mutator.kind],
    ['Evaluations', formatCompact(summary.evaluations)],
    ['Simulations each', `${recipe.simulations}`],
    ['Seed', `${summary.seed}`],
    ...(summary.calls > 0
      ? ([
          [
            'Requests',
            `${formatCompact(summary.calls)}${summary.unanswered > 0 ? `, ${summary.unanswered} cut off` : ''}`,
          ],
          ['Tokens', formatCompact(summary.tokens)],
        ] satisfies [string, string][])
      : []),
    ['Time', formatDuration(summary.seconds)],
  ];
}

function describeMeaning({ recipe, summary, generality }: RedQueenReportData): Section {
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
    text: [describeRecipe(recipe), recipe.description].filter(Boolean).join(' Recipe: '),
    blocks: [
      ...warnOfIdleRounds(summary),
      { kind: 'banner', tone: 'note', heading: 'One seed.', items },
    ],
  };
}

/** A round that made no warrior of its own is no evolution, and must not pass for it. */
function warnOfIdleRounds({ rounds }: RedQueenSummary): Block[] {
  const idle = rounds.filter(({ newWarriors }) => newWarriors === 0);
  const stale = rounds.filter(({ newWarriors, newChampion }) => newWarriors > 0 && !newChampion);
  const early = rounds.filter(({ endedEarly }) => endedEarly);
  const list = (own: typeof rounds) => nameRounds(own.map(({ round }) => round));
  const blocks: Block[] = [];
  if (idle.length > 0) {
    blocks.push({
      kind: 'banner',
      tone: 'bad',
      heading: `No new warrior in ${list(idle)}`,
      items: idle.map(({ round, candidates, failures }) =>
        failures === 0
          ? `Round ${round}: no new candidate among ${plural(candidates, 'candidate')}.`
          : `Round ${round}: no legal one among ${plural(failures, 'new candidate')}.`,
      ),
    });
  }
  if (stale.length > 0) {
    blocks.push({
      kind: 'banner',
      tone: 'note',
      heading: `No new champion in ${list(stale)}`,
      items: [
        `No new warrior was fitter than those that the ${stale.length === 1 ? 'round' : 'rounds'} began with.`,
      ],
    });
  }
  if (early.length > 0) {
    blocks.push({
      kind: 'banner',
      tone: 'note',
      heading: `Ended at the fitness threshold: ${list(early)}`,
      items: ['The best fitness was above it before all iterations were made.'],
    });
  }
  return blocks;
}

function describeRounds({ summary }: RedQueenReportData): Section {
  const { rounds } = summary;
  const line = (read: (round: (typeof rounds)[number]) => number | null): Point[] =>
    rounds.map((round) => [round.round, read(round)]);
  const charts: Block[] = [
    {
      kind: 'figure',
      chart: {
        kind: 'line',
        title: 'Fitness of the champion',
        xLabel: 'round',
        yLabel: 'mean survival score',
        wholeX: true,
        yLimits: [0, null],
        series: [{ name: 'fitness', points: line(({ fitness }) => fitness) }],
        references: [{ label: 'equal share', value: 1 }],
        unlabelled: true,
        height: 260,
      },
      caption: 'Against the opponents of its round: rounds differ in them. 1 is an equal share.',
    },
    {
      kind: 'figure',
      chart: {
        kind: 'line',
        title: 'QD score',
        xLabel: 'round',
        yLabel: 'sum of fitness over elites',
        wholeX: true,
        yLimits: [0, null],
        series: [{ name: 'QD score', points: line(({ qdScore }) => qdScore) }],
        unlabelled: true,
        height: 260,
      },
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
          { label: 'Round' },
          { label: 'Champion' },
          { label: 'Fitness' },
          { label: 'Niches held', numeric },
          { label: 'QD score', digits: 2 },
          { label: 'Candidates' },
          { label: 'Not legal' },
          { label: 'New' },
          { label: 'Generality', numeric },
        ],
        rows: rounds.map((round): Cell[] => [
          round.round,
          round.champion ? nameBesideRound(round.champion, round.round) : '–',
          round.fitness,
          formatPercent(round.coverage, 0),
          round.qdScore,
          round.candidates,
          round.failures,
          round.newWarriors,
          formatPercent(round.generality),
        ]),
      },
    ],
  };
}
