// A battle in a terminal: the core as a colored map that keys slow down, stop and step. Elsewhere, frames as text.

import type { Readable } from 'node:stream';
import { plural } from '../core/index.ts';
import {
  type BattleView,
  groundStyle,
  renderColorMap,
  renderPlainMap,
  type Warrior,
} from '../corewar/index.ts';
import {
  cutToWidth,
  describeOutcome,
  layOutLegend,
  type ScreenLine,
  statusOf,
} from './watch-legend.ts';

type Screen = NodeJS.WritableStream & { columns?: number; rows?: number };
type Keys = Readable & { setRawMode?: (raw: boolean) => unknown; isRaw?: boolean };

export type WatchOptions = {
  readonly warriors: readonly Pick<Warrior, 'name'>[];
  /** Begins round number n, from 0. */
  readonly begin: (round: number) => BattleView;
  readonly screen: Screen;
  readonly keys: Keys;
  readonly signal: AbortSignal;
  /** Cycles a frame at first. */
  readonly cyclesPerFrame: number;
};

const FRAME_MS = 50;
const MAX_CYCLES_PER_FRAME = 100_000;
/** Ends the alternate screen, shows the cursor and forgets colors. */
const RESTORE = '\u001b[0m\u001b[?25h\u001b[?1049l';

/** Rows that the map has at least, where there are any. */
const MIN_MAP_ROWS = 3;
const HELP = 'space pause  s step  +/- speed  r next round  q quit';

type ScreenSize = { readonly columns: number; readonly rows: number };

type View = Pick<BattleView, 'map' | 'status'>;
type Names = readonly Pick<Warrior, 'name'>[];

/** Status, legend and map of a round as text, for pipes. */
export function formatFrame(view: View, warriors: Names, { columns, rows }: ScreenSize): string {
  const { status, legend } = describeFrame(view, warriors, { columns, rows }, '');
  const lines = [[{ text: status }], ...legend].map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n${renderPlainMap(view.map(), { columns, rows })}`;
}

/** The rows of the screen from the top: the map, the legend, the status, the keys. Each is as wide as the screen at most. */
export function renderScreen(
  view: View,
  warriors: Names,
  size: ScreenSize,
  state: string,
): { readonly map: string; readonly lines: readonly string[] } {
  const { columns, rows } = size;
  const { status, legend } = describeFrame(view, warriors, size, state);
  const { isOver } = view.status();
  const lines = [
    ...legend.map(paint),
    paint([{ text: status, isBold: isOver }]),
    `\u001b[0;2m${cutToWidth(HELP, columns)}\u001b[0m`,
  ].slice(-rows);
  const mapRows = Math.max(0, rows - lines.length);
  const map = mapRows === 0 ? '' : renderColorMap(view.map(), { columns, rows: mapRows });
  return { map, lines };
}

function describeFrame(view: View, warriors: Names, { columns, rows }: ScreenSize, state: string) {
  const { cycle, processes, isOver } = view.status();
  const entries = statusOf(warriors, processes);
  const maxLines = Math.max(0, Math.min(Math.ceil(rows / 2), rows - 2 - MIN_MAP_ROWS));
  const shown = state === '' ? '' : ` (${state})`;
  const status = isOver ? describeOutcome(entries, cycle) : `cycle ${cycle}${shown}`;
  return { status: cutToWidth(status, columns), legend: layOutLegend(entries, columns, maxLines) };
}

function paint(line: ScreenLine): string {
  const spans = line.map(({ text, warrior, isBold }) => {
    const style = warrior === undefined ? `\u001b[0${isBold ? ';1' : ''}m` : groundStyle(warrior);
    return `${style}${text}`;
  });
  return `${spans.join('')}\u001b[0m`;
}

/**
 * Shows rounds until `q`, Ctrl-C or the signal. Keys: space pauses, `s` or the right arrow steps a cycle, `+` and `-`
 * change the speed, `r` begins the next round. Whatever ends it, the terminal is as it was.
 */
export async function watchBattle(options: WatchOptions): Promise<void> {
  const { warriors, begin, screen, keys, signal } = options;
  let round = 0;
  let view = begin(round);
  let perFrame = options.cyclesPerFrame;
  let isPaused = false;
  let quit = () => {};

  const draw = () => {
    const size = { columns: screen.columns || 80, rows: screen.rows || 24 };
    const state = isPaused ? 'paused' : `${plural(perFrame, 'cycle')} per frame`;
    const { map, lines } = renderScreen(view, warriors, size, state);
    const first = Math.max(1, size.rows - lines.length + 1);
    // Each part erases what an earlier, larger picture left.
    const rows = lines.map((line, i) => `\u001b[${first + i};1H${line}\u001b[K`);
    screen.write(
      `\u001b[?2026h\u001b[H${map.replaceAll('\n', '\r\n')}\u001b[J${rows.join('')}\u001b[?2026l`,
    );
  };
  const step = () => {
    isPaused = true;
    view.advance(1);
    draw();
  };
  const speed = (factor: number) => {
    perFrame = Math.min(MAX_CYCLES_PER_FRAME, Math.max(1, Math.round(perFrame * factor)));
  };
  const onKey = (data: Buffer | string) => {
    const key = String(data);
    if (key === 'q' || key === '\u0003' || key === '\u0004') quit();
    else if (key === ' ') isPaused = !isPaused;
    else if (key === 's' || key === '\u001b[C') step();
    else if (key === '+' || key === '=') speed(2);
    else if (key === '-') speed(0.5);
    else if (key === 'r') view = begin(++round);
    draw();
  };
  const tick = () => {
    if (isPaused || view.status().isOver) return;
    view.advance(perFrame);
    draw();
  };
  const restore = () => {
    keys.setRawMode?.(false);
    screen.write(RESTORE);
  };

  screen.write('\u001b[?1049h\u001b[?25l\u001b[2J');
  process.once('exit', restore);
  keys.setRawMode?.(true);
  const timer = setInterval(tick, FRAME_MS);
  try {
    await new Promise<void>((resolve) => {
      quit = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
      keys.on('data', onKey);
      keys.on('end', resolve);
      screen.on('resize', draw);
      draw();
    });
  } finally {
    clearInterval(timer);
    keys.off('data', onKey);
    keys.pause();
    screen.off('resize', draw);
    process.off('exit', restore);
    restore();
  }
}
