// The lines under the map of a battle: how it stands, who is who, how it ended. None is wider than the screen.

import stringWidth from 'string-width';
import { escapeControlCharacters, plural } from '../core/index.ts';
import { letterOf, type Warrior } from '../corewar/index.ts';

/** Text of one style; `warrior` for the color of that warrior, as a ground. */
type Span = { readonly text: string; readonly warrior?: number; readonly isBold?: boolean };
export type ScreenLine = readonly Span[];

type WarriorStatus = { readonly name: string; readonly processes: number };

/** Columns between two entries of the legend. */
const GAP = 2;
/** From this width on, entries say what is counted. */
const FULL_WIDTH = 30;
/** A letter and a count of four digits. */
const LEAST_WIDTH = 7;
const COUNT_DIGITS = 4;
const ASCII = /^[ -~]*$/;

/**
 * The legend: a letter, a name and a count of processes per warrior, in columns. Long names are cut; where there is no room
 * for the word `processes` in each entry, a line before them has it. Warriors for which `maxLines` have no room are counted.
 */
export function layOutLegend(
  warriors: readonly WarriorStatus[],
  columns: number,
  maxLines: number,
): ScreenLine[] {
  const inFull = Math.max(1, Math.floor((columns + GAP) / (FULL_WIDTH + GAP)));
  if (Math.ceil(warriors.length / inFull) <= maxLines && columns >= FULL_WIDTH) {
    const perLine = Math.min(inFull, warriors.length);
    return arrange(warriors, perLine, columns, ' processes');
  }
  const lines = maxLines - 1;
  const most = Math.max(1, Math.floor((columns + GAP) / (LEAST_WIDTH + GAP)));
  if (lines < 1) return [];
  const perLine = Math.min(most, Math.ceil(warriors.length / lines));
  const shown = warriors.slice(0, perLine * lines);
  const hidden = warriors.length - shown.length;
  const more = hidden === 0 ? '' : ` (and ${plural(hidden, 'more warrior')})`;
  const heading = cutToWidth(`processes of each warrior${more}:`, columns);
  return [[{ text: heading }], ...arrange(shown, perLine, columns, '')];
}

function arrange(
  warriors: readonly WarriorStatus[],
  perLine: number,
  columns: number,
  unit: string,
): ScreenLine[] {
  const counts = warriors.map(({ processes }) => formatCount(processes, unit));
  const countWidth = Math.max(COUNT_DIGITS + unit.length, ...counts.map(({ length }) => length));
  const names = warriors.map(({ name }) => escapeControlCharacters(name));
  const wanted = 2 + Math.max(...names.map(widthOf)) + 1 + countWidth;
  const width = Math.min(wanted, Math.floor((columns + GAP) / perLine) - GAP);
  const entries = warriors.map((_, i): Span[] => {
    // A letter, a space, the name, a space, the count.
    const room = width - 3 - countWidth;
    const name = room > 0 ? ` ${padToWidth(cutToWidth(names[i]!, room), room)}` : '';
    const count = counts[i]!.padStart(countWidth);
    return [
      { text: letterOf(i), warrior: i, isBold: true },
      { text: cutToWidth(`${name} ${room > 0 ? count : counts[i]!}`, width - 1) },
    ];
  });
  const lines: ScreenLine[] = [];
  for (let i = 0; i < entries.length; i += perLine) {
    const row = entries.slice(i, i + perLine);
    lines.push(
      row.flatMap((spans, k) => {
        const [, text] = spans;
        const isLast = k === row.length - 1;
        const padded = isLast ? text!.text.trimEnd() : padToWidth(text!.text, width - 1 + GAP);
        return [spans[0]!, { text: padded }];
      }),
    );
  }
  return lines;
}

function formatCount(processes: number, unit: string): string {
  if (processes === 0) return `dead${' '.repeat(unit.length)}`;
  return `${processes}${processes === 1 && unit !== '' ? ' process  ' : unit}`;
}

/** Who is left of a round that is over, in a sentence. */
export function describeOutcome(warriors: readonly WarriorStatus[], cycle: number): string {
  const alive = warriors.filter(({ processes }) => processes > 0);
  const names = alive.map(({ name }) => escapeControlCharacters(name)).join(', ');
  const after = `after ${cycle} cycle${cycle === 1 ? '' : 's'}`;
  if (alive.length === 0) return `nobody is alive ${after}`;
  if (warriors.length === 1) return `${names} is alive ${after}`;
  if (alive.length === 1) return `${names} wins ${after}`;
  return `tie of ${alive.length} ${after}: ${names}`;
}

/** Text of at most `columns` columns; an ellipsis stands for what is cut. */
export function cutToWidth(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return '';
  if (ASCII.test(text)) return `${text.slice(0, columns - 1)}…`;
  let shown = '';
  let width = 0;
  for (const character of text) {
    width += stringWidth(character);
    if (width > columns - 1) break;
    shown += character;
  }
  return `${shown}…`;
}

function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** Columns that a text takes; most are plain, and quickly measured. */
function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** What the legend needs to know of each warrior. */
export function statusOf(
  warriors: readonly Pick<Warrior, 'name'>[],
  processes: readonly number[],
): WarriorStatus[] {
  return warriors.map(({ name }, i) => ({ name, processes: processes[i]! }));
}
