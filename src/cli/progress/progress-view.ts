// Where progress is shown: a line that changes on a terminal, a line now and then elsewhere.

import stringWidth from 'string-width';
import { describeInColumns, describeProgress } from './describe-progress.ts';
import { currentStage, isComplete, type Progress } from './progress.ts';

export type ProgressView = {
  show(progress: Progress, nowMs: number): void;
  /** Writes lines that stay, before the progress. */
  write(lines: string): void;
  /** Removes the progress from a terminal. */
  clear(): void;
};

export type ProgressStream = Pick<NodeJS.WriteStream, 'write'> & {
  readonly columns?: number;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
};

/** A log of a long run stays short: a line every 5 s at first, every minute after 20. */
const PLAIN_LEAST_MS = 5_000;
const PLAIN_MOST_MS = 60_000;

/** A line now and then, and one at the end of every stage. */
export function createPlainView(stream: ProgressStream): ProgressView {
  let beganMs: number | null = null;
  let lastMs = Number.NEGATIVE_INFINITY;
  let completed: string | null = null;
  return {
    show(progress, nowMs) {
      const stage = currentStage(progress);
      if (!stage) return;
      beganMs ??= nowMs;
      const everyMs = Math.min(PLAIN_MOST_MS, Math.max(PLAIN_LEAST_MS, (nowMs - beganMs) / 20));
      const ends = isComplete(stage) && completed !== stage.id;
      if (!ends && nowMs - lastMs < everyMs) return;
      if (ends) completed = stage.id;
      lastMs = nowMs;
      stream.write(`${describeProgress(progress, nowMs)}\n`);
    },
    write: (lines) => {
      stream.write(lines);
    },
    clear: () => {},
  };
}

/** From the cursor to the end of the line. */
const ERASE = '\u001b[K';

/** More frequent updates would not be visible. */
const TERMINAL_EVERY_MS = 50;

/**
 * One line, written over itself: never empty in between, never longer than the terminal is wide, also after that changes.
 *
 * @param options.color whether the done part of the bar has a color
 */
export function createTerminalView(
  stream: ProgressStream,
  { color }: { readonly color: boolean },
): ProgressView {
  let shown: { readonly progress: Progress; readonly nowMs: number } | null = null;
  let line = '';
  let lastMs = Number.NEGATIVE_INFINITY;
  const columns = () => stream.columns || 80;
  /** Moves to the first of the lines into which a narrower terminal has wrapped the line. */
  const toStart = () => {
    const above = Math.max(0, Math.ceil(stringWidth(line) / columns()) - 1);
    return above > 0 ? `\u001b[${above}A\r\u001b[J` : '\r';
  };
  /** Writes everything at once, so that no intermediate state is visible. */
  const draw = (linesBefore = '') => {
    if (!shown) return;
    // The last column stays free: some terminals go to the next line there.
    const next = describeInColumns(shown.progress, shown.nowMs, columns() - 1);
    const start = toStart();
    if (next === line && start === '\r' && linesBefore === '') return;
    if (line === '') stream.on?.('resize', redraw);
    line = next;
    const before = linesBefore.replace('\n', `${ERASE}\n`);
    const painted = color ? next.replace(/^\[(#+)/, '[\u001b[32m$1\u001b[39m') : next;
    stream.write(`${start}${before}${painted}${ERASE}`);
  };
  const redraw = () => draw();
  return {
    show(progress, nowMs) {
      const stage = currentStage(progress);
      if (!stage) return;
      const isOther = shown?.progress.current !== progress.current;
      shown = { progress, nowMs };
      if (!isOther && !isComplete(stage) && nowMs - lastMs < TERMINAL_EVERY_MS) return;
      lastMs = nowMs;
      draw();
    },
    write(lines) {
      if (line === '') stream.write(lines);
      else draw(lines);
    },
    clear() {
      shown = null;
      if (line === '') return;
      stream.off?.('resize', redraw);
      stream.write(`${toStart()}${ERASE}`);
      line = '';
    },
  };
}
