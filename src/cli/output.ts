// The output of the command line: sentences and progress for people, JSON for programs. Control characters in texts are
// escaped.

import { escapeControlCharacters } from '../core/index.ts';
import type { Progress } from './progress/progress.ts';
import {
  createPlainView,
  createTerminalView,
  type ProgressStream,
} from './progress/progress-view.ts';
import { wrapText } from './wrap-text.ts';

type OutputMode = 'terminal' | 'plain' | 'json';

export type Output = {
  readonly mode: OutputMode;
  /** Something for people; silent in JSON mode. */
  say(text: string): void;
  /** Progress: one changing line on a terminal, a line now and then elsewhere; silent in JSON mode. */
  show(progress: Progress, nowMs: number): void;
  /** Removes the progress line from a terminal, before something is written past this output. */
  readonly clear: () => void;
  /** An event for programs: one JSON line in JSON mode, otherwise nothing. */
  event(value: object): void;
  /**
   * The result: one JSON line in JSON mode, otherwise `text`. With `exact`, text is written unchanged unless to a terminal, so
   * that a model's text goes into a file as it is.
   */
  result(value: unknown, text: string, options?: { readonly exact?: boolean }): void;
};

type Stream = ProgressStream & { readonly isTTY?: boolean };

/**
 * Output on a stream, by default standard output.
 *
 * @param env a terminal that is `dumb` gets plain lines; `NO_COLOR` is heeded (no-color.org)
 */
export function createOutput(
  options: { json?: boolean },
  stream: Stream = process.stdout,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Output {
  const mode: OutputMode = options.json ? 'json' : stream.isTTY ? 'terminal' : 'plain';
  const view =
    mode === 'terminal' && env.TERM !== 'dumb'
      ? createTerminalView(stream, { color: !env.NO_COLOR })
      : createPlainView(stream);
  return {
    mode,
    say(text) {
      if (mode === 'json') return;
      view.write(`${wrapText(escapeControlCharacters(text), stream)}\n`);
    },
    show(progress, nowMs) {
      if (mode !== 'json') view.show(progress, nowMs);
    },
    clear: view.clear,
    event(value) {
      if (mode === 'json') stream.write(`${JSON.stringify(value)}\n`);
    },
    result(value, text, { exact = false } = {}) {
      view.clear();
      const escaped = exact && mode === 'plain' ? text : escapeControlCharacters(text);
      const shown = exact ? escaped : wrapText(escaped, stream);
      stream.write(`${mode === 'json' ? JSON.stringify(value) : shown}\n`);
    },
  };
}

/** Columns aligned, numbers to the right. */
export function formatTable(given: readonly (readonly string[])[]): string {
  // Escaped before they are aligned, because that makes them longer.
  const rows = given.map((row) => row.map(escapeControlCharacters));
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
