// The table of a hill, and what is behind each of its rows.

import type { HillRow } from '../arena/index.ts';
import { escapeMarkup, formatNumber, truncateText } from '../chart/format.ts';
import { escapeControlCharacters, wilsonInterval } from '../core/index.ts';
import { type HillData, markupName, scoreMargin, type Tally } from './hill-data.ts';
import type { Section } from './types.ts';

/** Tables with more rows scroll in a frame of their own. */
const LONG = 40;
/** Best and worst opponents that are listed, each. */
const LISTED = 5;
const MAX_STRATEGY = 1000;
/** Hills with more warriors have no details. */
const MOST_DETAILS = 1000;

const COLUMNS = ['#', 'Name', 'Author', 'Score', '±', '%W', '%L', '%T', 'Age'] as const;
const TEXTS: ReadonlySet<string> = new Set(['Name', 'Author']);

export function describeRanking(data: HillData): Section {
  const { rows } = data;
  const head = COLUMNS.map(
    (label) => `<th scope="col"${TEXTS.has(label) ? '' : ' class="numeric"'}>${label}</th>`,
  );
  const body = rows.map((row) => renderRow(row, data));
  const isLong = rows.length > LONG;
  const frame = isLong
    ? ' class="table long" tabindex="0" role="region" aria-label="The table of the hill"'
    : ' class="table"';
  const caption =
    'Score: 3 × %W + %T. ±: half its 95 % interval over other positions against the same opponents. Age: challenges survived, its own included.';
  return {
    heading: 'The hill',
    blocks: [
      {
        kind: 'markup',
        html: `<div${frame}><table id="hill"><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div><p class="about">${caption}</p>`,
      },
    ],
  };
}

function renderRow(row: HillRow, data: HillData): string {
  const { rank, wins, losses, ties, score, entry } = row;
  const { warrior, age } = entry;
  const margin = scoreMargin(row, countRounds(row, data));
  const numbers = [
    ...[score, margin, wins, losses, ties].map((value) => formatNumber(value, 1)),
    String(age),
  ];
  const name = markupName(warrior.name);
  const link = data.rows.length > MOST_DETAILS ? name : `<a href="#w${rank}">${name}</a>`;
  return `<tr><td class="numeric">${rank}</td><td>${link}</td><td>${markupName(warrior.author)}</td>${numbers.map((text) => `<td class="numeric">${text}</td>`).join('')}</tr>`;
}

function countRounds({ rank }: HillRow, { tallies, hill }: HillData): number {
  return tallies[rank - 1]!.filter((tally) => tally !== null).length * hill.rules.rounds;
}

export function describeWarriors(data: HillData): Section[] {
  const { rows } = data;
  if (rows.length < 2 || rows.length > MOST_DETAILS) return [];
  const isLong = rows.length > LONG;
  const frame = isLong
    ? ' class="warriors long" tabindex="0" role="region" aria-label="Warriors"'
    : ' class="warriors"';
  const all = rows.map((row) => renderWarrior(row, data)).join('\n');
  return [
    {
      heading: 'Warriors',
      text: 'Best and worst opponents of each, by wins minus losses. Intervals of 95 % (Wilson) are those of the wins.',
      blocks: [{ kind: 'markup', html: `<div${frame}>${all}</div>` }],
    },
  ];
}

function renderWarrior(row: HillRow, data: HillData): string {
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
    ? [renderOpponents('All opponents', opponents, data)]
    : [
        renderOpponents('Best against', opponents.slice(0, LISTED), data),
        renderOpponents('Worst against', opponents.slice(-LISTED).reverse(), data),
      ];
  const rounds = countRounds(row, data);
  const facts = [
    `${formatNumber(rounds, 0)} rounds`,
    ...(rounds === 0
      ? []
      : [
          describeShare('wins', row.wins, rounds),
          describeShare('losses', row.losses, rounds),
          describeShare('ties', row.ties, rounds),
        ]),
    `${instructions.length} instructions`,
    `age ${entry.age}`,
    `file ${escapeMarkup(truncateText(escapeControlCharacters(entry.file), 100))}`,
  ];
  const about =
    strategy === ''
      ? ''
      : `<p class="strategy">${escapeMarkup(truncateText(escapeControlCharacters(strategy), MAX_STRATEGY))}</p>`;
  return `<details id="w${rank}" data-rank="${rank}"><summary>${rank}. ${markupName(name)} <span class="soft">${markupName(author)}, ${formatNumber(score, 1)}</span></summary><p class="about">${facts.join(' · ')}</p>${about}<div class="lists">${lists.join('')}</div></details>`;
}

function describeShare(what: string, percent: number, rounds: number): string {
  const [low, high] = wilsonInterval(Math.round((percent * rounds) / 100), rounds);
  return `${what} ${formatNumber(percent, 1)} % (${formatNumber(100 * low, 1)} to ${formatNumber(100 * high, 1)})`;
}

function renderOpponents(
  title: string,
  opponents: readonly { readonly j: number; readonly tally: Tally }[],
  { rows, hill }: HillData,
): string {
  const { rounds } = hill.rules;
  const percent = (value: number) => Math.round((100 * value) / rounds);
  const body = opponents.map(({ j, tally }) => {
    const [low, high] = wilsonInterval(tally.wins, rounds);
    const cells = [tally.wins, tally.losses, tally.ties].map(percent);
    const interval = `${Math.round(100 * low)}–${Math.round(100 * high)}`;
    return `<tr><td>${j + 1}.&nbsp;${markupName(rows[j]!.entry.warrior.name)}</td>${[...cells, interval].map((cell) => `<td class="numeric">${cell}</td>`).join('')}</tr>`;
  });
  const head = ['%W', '%L', '%T', '95 %'].map(
    (label) => `<th scope="col" class="numeric">${label}</th>`,
  );
  return `<table><thead><tr><th scope="col">${title}</th>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}
