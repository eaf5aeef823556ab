// How the command line speaks: a progress line on a terminal, plain lines elsewhere, JSON for machines. Control characters
// in what it is given to say are shown, not obeyed.

import { escapeControlCharacters } from '../core/index.ts';
import { VERDICT_WORDS } from '../eval/index.ts';
import type { Listener, RunEvent } from '../run/index.ts';
import { wrapText } from './wrap-text.ts';

type OutputMode = 'terminal' | 'plain' | 'json';

export type Output = {
  readonly mode: OutputMode;
  /** Something for people; silent in JSON mode. */
  say(text: string): void;
  /** How far something is: one line that changes on a terminal, a line now and then elsewhere; silent in JSON mode. */
  progress(text: string, isLast?: boolean): void;
  /** Takes the progress line off a terminal: before something is written past this output. */
  clear(): void;
  /** Something for machines: one JSON line in JSON mode, else nothing. */
  event(value: object): void;
  /**
   * The result: one JSON line in JSON mode, else `text`. What is `exact` is written as it is where that is no terminal:
   * text that a model drew goes into a file unchanged.
   */
  result(value: unknown, text: string, options?: { readonly exact?: boolean }): void;
  /** Shows the events of a run. */
  readonly listener: Listener;
};

type Stream = Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean; columns?: number };

/** Plain output repeats the progress this often, so that a log stays short. */
const PLAIN_EVERY_MS = 5_000;

/** Output on a stream, standard output as a rule. */
export function createOutput(options: { json?: boolean }, stream: Stream = process.stdout): Output {
  const mode: OutputMode = options.json ? 'json' : stream.isTTY ? 'terminal' : 'plain';
  let lineOpen = false;
  let lastPlain = Number.NEGATIVE_INFINITY;
  const clear = () => {
    if (lineOpen) stream.write('\r\u001b[K');
    lineOpen = false;
  };
  const say = (text: string) => {
    if (mode === 'json') return;
    clear();
    stream.write(`${wrapText(escapeControlCharacters(text), stream)}\n`);
  };
  const progress = (text: string, isLast = false) => {
    if (mode === 'json') return;
    if (mode === 'terminal') {
      const line = escapeControlCharacters(text).replaceAll('\n', ' ');
      stream.write(`\r\u001b[K${line.slice(0, (stream.columns || 80) - 1)}`);
      lineOpen = true;
      return;
    }
    const now = performance.now();
    if (now - lastPlain < PLAIN_EVERY_MS && !isLast) return;
    lastPlain = now;
    stream.write(`${escapeControlCharacters(text)}\n`);
  };
  const event = (value: object) => {
    if (mode === 'json') stream.write(`${JSON.stringify(value)}\n`);
  };
  const listener: Listener = (runEvent) => {
    if (mode === 'json') event({ event: runEvent.kind, ...runEvent });
    else if (runEvent.kind === 'step') {
      progress(describeStep(runEvent), runEvent.step >= runEvent.steps);
    } else {
      const text = describeEvent(runEvent);
      if (text !== null) say(text);
    }
  };
  const result: Output['result'] = (value, text, { exact = false } = {}) => {
    clear();
    const escaped = exact && mode === 'plain' ? text : escapeControlCharacters(text);
    const shown = exact ? escaped : wrapText(escaped, stream);
    stream.write(`${mode === 'json' ? JSON.stringify(value) : shown}\n`);
  };
  return { mode, say, progress, clear, event, result, listener };
}

function describeStep(event: Extract<RunEvent, { kind: 'step' }>): string {
  return (
    `${event.arm} ${event.stage} ${event.step}/${event.steps}  loss ${event.loss.toFixed(3)}  ` +
    `${Math.round(event.tokensPerSecond).toLocaleString('en-US')} tokens/s  ` +
    `ETA ${formatSeconds(event.etaSeconds)}`
  );
}

function describeEvent(event: Exclude<RunEvent, { kind: 'step' }>): string | null {
  switch (event.kind) {
    case 'message':
      return event.text;
    case 'evaluation':
      return (
        `${event.arm} ${event.stage} step ${event.step}: held-out loss ` +
        `${event.heldOutLoss.toFixed(4)} after ${event.tokens.toLocaleString('en-US')} tokens`
      );
    case 'checkpoint':
      return null;
    case 'job':
      return (
        `${event.done}/${event.total} ${event.job}` +
        (event.done < event.total ? `  ETA ${formatSeconds(event.etaSeconds)}` : '')
      );
    case 'gate':
      return [
        `${event.arm ? `${event.arm}: ` : ''}gate ${describeGate(event.gate)}`,
        ...event.gate.reasons.map((reason) => `  ${reason}`),
      ].join('\n');
  }
}

function describeGate({ verdict, control }: Extract<RunEvent, { kind: 'gate' }>['gate']): string {
  if (control) return `${verdict}: the source world is a control`;
  return `${verdict}: the model ${VERDICT_WORDS[verdict]}`;
}

/** Progress of work that is mostly done at once: shown only after it has taken longer than a moment. */
export function createSlowProgress(output: Output): (text: string) => void {
  const started = performance.now();
  const quietMs = output.mode === 'terminal' ? 500 : PLAIN_EVERY_MS;
  return (text) => {
    if (performance.now() - started > quietMs) output.progress(text);
  };
}

/** `75` → `1m15s` */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
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
