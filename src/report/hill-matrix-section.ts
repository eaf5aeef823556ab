// Who beats whom: a table of figures where the hill is small, a picture where it is large, and all results as text.

import { h, type VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { DARK_CARD, DARK_SERIES, LIGHT_CARD, LIGHT_SERIES } from '../chart/palette.ts';
import { plural } from '../core/index.ts';
import { pngDataUri } from '../image/index.ts';
import {
  HillLegend,
  HillMatrix,
  HillPair,
  HillPicture,
  HillText,
  type MatrixCell,
} from './components/hill-matrix.tsx';
import { type HillData, showName } from './hill-data.ts';
import type { Block, Section } from './types.ts';

/** Larger hills have a picture in place of a table. */
const LARGEST_TABLE = 40;
/** Larger ones have neither: nobody could tell its pixels apart. */
export const LARGEST_MATRIX = 1000;
/** Share of a series color in the strongest pixel of a picture. */
const STRONGEST = 0.92;

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
        markup(h(HillPair, {})),
        markup(h(HillLegend, {})),
        isTable ? showTable(data) : showPicture(data),
        showText(data, hill.rules.rounds),
      ],
    },
  ];
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a component takes
function markup(view: VNode<any>): Block {
  return { kind: 'markup', html: renderToString(view) };
}

function showTable({ rows, tallies, margins, hill }: HillData): Block {
  const { rounds } = hill.rules;
  const count = rows.length;
  return markup(
    h(HillMatrix, {
      names: rows.map(({ entry }) => showName(entry.warrior.name)),
      rows: tallies.map((own, i) =>
        own.map(
          (tally, j): MatrixCell =>
            tally && {
              wins: Math.round((100 * tally.wins) / rounds),
              margin: margins[i * count + j]!,
              hint: `${plural(tally.wins, 'win')}, ${plural(tally.losses, 'loss', 'losses')}, ${plural(tally.ties, 'tie')}`,
            },
        ),
      ),
    }),
  );
}

function showPicture({ rows, margins, tallies }: HillData): Block {
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
  return markup(h(HillPicture, { light, dark, size, count }));
}

type Rgb = readonly [number, number, number];

function readColor(color: string): Rgb {
  const channel = (at: number) => Number.parseInt(color.slice(at, at + 2), 16);
  return [channel(1), channel(3), channel(5)];
}

function mixColors(from: Rgb, to: Rgb, margin: number): number[] {
  const share = STRONGEST * margin;
  return from.map((value, i) => Math.round(value + share * (to[i]! - value)));
}

/** A line per warrior, by rank. */
function showText({ tallies }: HillData, rounds: number): Block {
  const lines = tallies.map((row, i) => {
    const cells = row.map((tally) => (tally ? `${tally.wins}/${tally.ties}` : '-'));
    return `${i + 1},${cells.join(',')}`;
  });
  return markup(h(HillText, { lines, rounds }));
}
