// The table of a hill, and what is behind each of its rows.

import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { HillRow } from '../arena/index.ts';
import { formatNumber, truncateText } from '../chart/format.ts';
import { escapeControlCharacters, plural, wilsonInterval } from '../core/index.ts';
import {
  HillRanking,
  HillWarriors,
  type OpponentList,
  type RankedWarrior,
  type WarriorDetails,
} from './components/hill-ranking.tsx';
import { type HillData, scoreMargin, showName, type Tally } from './hill-data.ts';
import type { Section } from './types.ts';

/** Tables with more rows scroll in a frame of their own. */
const LONG = 40;
/** Best and worst opponents that are listed, each. */
const LISTED = 5;
const MAX_STRATEGY = 1000;
/** Hills with more warriors have no details. */
const MOST_DETAILS = 1000;

export function describeRanking(data: HillData): Section {
  const { rows } = data;
  const ranking = h(HillRanking, {
    rows: rows.map((row) => rankWarrior(row, data)),
    isLong: rows.length > LONG,
    isLinked: rows.length <= MOST_DETAILS,
  });
  return { heading: 'The hill', blocks: [{ kind: 'markup', html: renderToString(ranking) }] };
}

function rankWarrior(row: HillRow, data: HillData): RankedWarrior {
  const { rank, wins, losses, ties, score, entry } = row;
  const { warrior, age } = entry;
  const margin = scoreMargin(row, countRounds(row, data));
  return {
    rank,
    name: showName(warrior.name),
    author: showName(warrior.author),
    figures: [
      ...[score, margin, wins, losses, ties].map((value) => formatNumber(value, 1)),
      String(age),
    ],
  };
}

function countRounds({ rank }: HillRow, { tallies, hill }: HillData): number {
  return tallies[rank - 1]!.filter((tally) => tally !== null).length * hill.rules.rounds;
}

export function describeWarriors(data: HillData): Section[] {
  const { rows } = data;
  if (rows.length < 2 || rows.length > MOST_DETAILS) return [];
  const all = h(HillWarriors, {
    warriors: rows.map((row) => describeWarrior(row, data)),
    isLong: rows.length > LONG,
  });
  return [
    {
      heading: 'Warriors',
      text: 'Best and worst opponents of each, by wins minus losses. Intervals of 95 % (Wilson) are those of the wins.',
      blocks: [{ kind: 'markup', html: renderToString(all) }],
    },
  ];
}

function describeWarrior(row: HillRow, data: HillData): WarriorDetails {
  const { rank, score, entry } = row;
  const { name, author, strategy, instructions } = entry.warrior;
  const tallies = data.tallies[rank - 1]!;
  const count = data.rows.length;
  const opponents = tallies
    .flatMap((tally, j) => (tally ? [{ j, tally }] : []))
    .sort(
      (a, b) =>
        data.margins[(rank - 1) * count + b.j]! - data.margins[(rank - 1) * count + a.j]! ||
        a.j - b.j,
    );
  const isShort = opponents.length <= 2 * LISTED;
  const lists = isShort
    ? [listOpponents('All opponents', opponents, data)]
    : [
        listOpponents('Best against', opponents.slice(0, LISTED), data),
        listOpponents('Worst against', opponents.slice(-LISTED).reverse(), data),
      ];
  const rounds = countRounds(row, data);
  const facts = [
    plural(rounds, 'round'),
    ...(rounds === 0
      ? []
      : [
          describeShare('wins', row.wins, rounds),
          describeShare('losses', row.losses, rounds),
          describeShare('ties', row.ties, rounds),
        ]),
    plural(instructions.length, 'instruction'),
    `age ${entry.age}`,
    `file ${truncateText(escapeControlCharacters(entry.file), 100)}`,
  ];
  return {
    rank,
    name: showName(name),
    remark: `${showName(author)}, ${formatNumber(score, 1)}`,
    facts,
    strategy: truncateText(escapeControlCharacters(strategy), MAX_STRATEGY),
    lists,
  };
}

function describeShare(what: string, percent: number, rounds: number): string {
  const [low, high] = wilsonInterval(Math.round((percent * rounds) / 100), rounds);
  return `${what} ${formatNumber(percent, 1)} % (${formatNumber(100 * low, 1)} to ${formatNumber(100 * high, 1)})`;
}

function listOpponents(
  title: string,
  opponents: readonly { readonly j: number; readonly tally: Tally }[],
  { rows, hill }: HillData,
): OpponentList {
  const { rounds } = hill.rules;
  const percent = (value: number) => Math.round((100 * value) / rounds);
  return {
    title,
    rows: opponents.map(({ j, tally }) => {
      const [low, high] = wilsonInterval(tally.wins, rounds);
      const interval = `${Math.round(100 * low)}–${Math.round(100 * high)}`;
      return {
        name: `${j + 1}.\u00a0${showName(rows[j]!.entry.warrior.name)}`,
        figures: [...[tally.wins, tally.losses, tally.ties].map(percent), interval],
      };
    }),
  };
}
