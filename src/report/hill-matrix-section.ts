// Who beats whom: a table of figures where the hill is small, a picture where it is large, and all results as text.

import { formatNumber } from '../chart/format.ts';
import { DARK_CARD, DARK_SERIES, LIGHT_CARD, LIGHT_SERIES } from '../chart/palette.ts';
import { pngDataUri } from '../image/index.ts';
import { type HillData, markupName, type Tally } from './hill-data.ts';
import type { Section } from './types.ts';

/** Larger hills have a picture in place of a table. */
const LARGEST_TABLE = 40;
/** Larger ones have neither: nobody could tell its pixels apart. */
export const LARGEST_MATRIX = 1000;
/** Share of a series color in the strongest cell of a table, so that figures stay readable, and of a picture. */
const STRONGEST = { table: 55, picture: 92 } as const;

export function describeMatrix(data: HillData): Section[] {
  const { rows, hill } = data;
  const count = rows.length;
  if (count < 2 || count > LARGEST_MATRIX) return [];
  const isTable = count <= LARGEST_TABLE;
  const what = isTable
    ? 'Figures are wins of the row in percent of the rounds; losses and ties show on hovering, and with each warrior below.'
    : 'One square per pair. Point at it, or choose two warriors, for the figures; all of them are in the text below.';
  return [
    {
      heading: 'Who beats whom',
      text: `The warrior of the row against the one of the column, both by rank. ${what}`,
      blocks: [
        {
          kind: 'markup',
          html: `${PAIR}${LEGEND}${isTable ? renderTable(data) : renderPicture(data)}`,
        },
        { kind: 'markup', html: renderText(data, hill.rules.rounds) },
      ],
    },
  ];
}

/** Filled by the script: two warriors to choose, and their figures. */
const PAIR = '<div id="pair" class="pair" hidden></div>';

const LEGEND = `<div class="hill-legend"><span>the row loses all</span><span class="scale" role="img" aria-label="Color scale from orange, the row loses all rounds, over plain, as many wins as losses, to blue, the row wins all"></span><span>it wins all</span></div>`;

function renderTable({ rows, tallies, margins, hill }: HillData): string {
  const { rounds } = hill.rules;
  const count = rows.length;
  const head = rows.map(
    ({ rank, entry }) => `<th scope="col" title="${markupName(entry.warrior.name)}">${rank}</th>`,
  );
  const body = rows.map(({ rank, entry }, i) => {
    const cells = tallies[i]!.map((tally, j) => renderCell(tally, margins[i * count + j]!, rounds));
    const name = `${rank}. ${markupName(entry.warrior.name)}`;
    return `<tr><th scope="row">${name}</th>${cells.join('')}</tr>`;
  });
  return `<div class="table"><table class="matrix"><thead><tr><th scope="col">wins of the row, %</th>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function renderCell(tally: Tally | null, margin: number, rounds: number): string {
  if (!tally) return '<td></td>';
  const share = Math.round(STRONGEST.table * Math.abs(margin));
  const side = margin > 0 ? 'up' : 'down';
  const paint = share === 0 ? '' : ` class="${side}" style="--m:${share}%"`;
  const figures = `${tally.wins} wins, ${tally.losses} losses, ${tally.ties} ties`;
  return `<td${paint} title="${figures}">${Math.round((100 * tally.wins) / rounds)}</td>`;
}

function renderPicture({ rows, margins, tallies }: HillData): string {
  const count = rows.length;
  const size = count * Math.max(1, Math.floor(960 / count));
  const draw = (series: readonly string[], card: string) => {
    const data = new Uint8Array(4 * count * count);
    const [win, loss, plain] = [series[0]!, series[1]!, card].map(readColor) as [Rgb, Rgb, Rgb];
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        const margin = margins[i * count + j]!;
        const color = mixColors(plain, margin > 0 ? win : loss, Math.abs(margin));
        const isPlayed = tallies[i]![j] !== null;
        data.set([...color, isPlayed ? 255 : 0], 4 * (i * count + j));
      }
    }
    return pngDataUri({ width: count, height: count, data });
  };
  const light = draw(LIGHT_SERIES, LIGHT_CARD);
  const dark = draw(DARK_SERIES, DARK_CARD);
  const alt = `Matrix of ${count} by ${count} warriors; its figures are under “All results as text”`;
  return `<div class="table picture"><picture><source media="(prefers-color-scheme: dark)" srcset="${dark}"><img id="matrix" src="${light}" width="${size}" height="${size}" alt="${alt}"></picture></div>`;
}

type Rgb = readonly [number, number, number];

function readColor(color: string): Rgb {
  const channel = (at: number) => Number.parseInt(color.slice(at, at + 2), 16);
  return [channel(1), channel(3), channel(5)];
}

function mixColors(from: Rgb, to: Rgb, margin: number): number[] {
  const share = (STRONGEST.picture / 100) * margin;
  return from.map((value, i) => Math.round(value + share * (to[i]! - value)));
}

/** A line per warrior, by rank; the page's script reads it too. */
function renderText({ tallies }: HillData, rounds: number): string {
  const lines = tallies.map((row, i) => {
    const cells = row.map((tally) => (tally ? `${tally.wins}/${tally.ties}` : '-'));
    return `${i + 1},${cells.join(',')}`;
  });
  const about = `A line per warrior: its rank, then wins/ties against the warrior of rank 1, 2, … in ${formatNumber(rounds, 0)} rounds each`;
  return `<details><summary>All results as text</summary><p class="about">${about}.</p><pre id="results" data-rounds="${rounds}">${lines.join('\n')}</pre></details>`;
}
