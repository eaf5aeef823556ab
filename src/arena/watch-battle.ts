// A battle in a terminal: the core as a coloured map that keys slow down, stop and step. Elsewhere, frames as text.

import type { Readable } from 'node:stream';
import { escapeControlCharacters } from '../core/index.ts';
import {
  type BattleView,
  colorOf,
  renderColorMap,
  renderPlainMap,
  type Warrior,
} from '../corewar/index.ts';

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
/** Ends the alternate screen, shows the cursor and forgets colours. */
const RESTORE = '\u001b[0m\u001b[?25h\u001b[?1049l';

/** Status and map of a round as text, for pipes. */
export function formatFrame(
  view: BattleView,
  warriors: readonly Pick<Warrior, 'name'>[],
  size: { readonly columns: number; readonly rows: number },
): string {
  return `${statusLine(view, warriors)}\n${renderPlainMap(view.map(), size)}`;
}

function statusLine(view: BattleView, warriors: readonly Pick<Warrior, 'name'>[]): string {
  const { cycle, processes, isOver } = view.status();
  const parts = warriors.map(({ name }, i) => `${name}: ${processes[i] || 'dead'}`);
  return `cycle ${cycle}${isOver ? ' (over)' : ''}  ${parts.join('  ')}`;
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
    const columns = screen.columns || 80;
    const rows = screen.rows || 24;
    const size = { columns, rows: Math.max(1, rows - 2) };
    const { cycle, processes, isOver } = view.status();
    const names = warriors.map(({ name }, i) => ({
      text: `${name} ${processes[i] || 'dead'}`,
      color: colorOf(i),
    }));
    const state = isOver ? 'over' : isPaused ? 'paused' : `${perFrame} cycles per frame`;
    const status = paintWithin(
      [{ text: `cycle ${cycle} (${state})`, color: 255 }, ...names],
      columns,
    );
    const help = 'space pause  s step  +/- speed  r next round  q quit'.slice(0, columns);
    const map = renderColorMap(view.map(), size).replaceAll('\n', '\r\n');
    // Each part erases what an earlier, larger picture left.
    screen.write(
      `\u001b[?2026h\u001b[H${map}\u001b[J\u001b[${Math.max(1, rows - 1)};1H${status}\u001b[K`,
    );
    screen.write(`\u001b[${rows};1H\u001b[0;2m${help}\u001b[0m\u001b[K\u001b[?2026l`);
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

/** Coloured pieces, cut where the line is full. */
function paintWithin(
  pieces: readonly { readonly text: string; readonly color: number }[],
  columns: number,
): string {
  let left = columns;
  let line = '';
  for (const { text, color } of pieces) {
    const shown = `${line === '' ? '' : '  '}${escapeControlCharacters(text)}`.slice(0, left);
    left -= shown.length;
    line += `\u001b[0;38;5;${color}m${shown}`;
  }
  return `${line}\u001b[0m`;
}
