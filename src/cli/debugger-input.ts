// Lines of a debugger session: from a terminal with history and completion, or from a pipe.

import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { COMMANDS } from '../corewar/index.ts';

type LineSource = {
  /** The next line; null at the end of the input. */
  read(prompt: string): Promise<string | null>;
  /** Whether Ctrl-C was pressed since the last call. */
  takeInterrupt(): boolean;
  close(): void;
};

/** Lines that are kept from a pipe before it is told to wait. */
const MAX_WAITING = 1000;

/** `labels` are completed, beside the commands, in a terminal. */
export function openLines(
  input: Readable,
  output: Writable,
  options: { readonly isTerminal: boolean; readonly labels: () => readonly string[] },
): LineSource {
  const { isTerminal, labels } = options;
  const lines = createInterface({
    input,
    ...(isTerminal ? { output, historySize: 1000, removeHistoryDuplicates: true } : {}),
    terminal: isTerminal,
    crlfDelay: Number.POSITIVE_INFINITY,
    completer: (line: string) => completeLine(line, labels()),
  });
  const waiting: string[] = [];
  let isClosed = false;
  let isInterrupted = false;
  let wanted: ((line: string | null) => void) | null = null;
  const give = (line: string | null) => {
    const resolve = wanted;
    wanted = null;
    resolve?.(line);
  };
  lines.on('line', (line) => {
    if (wanted !== null) give(line);
    else if (waiting.push(line) >= MAX_WAITING) lines.pause();
  });
  lines.on('close', () => {
    isClosed = true;
    give(null);
  });
  lines.on('SIGINT', () => {
    if (wanted === null) {
      isInterrupted = true;
      return;
    }
    // At the prompt, only the typed line can be interrupted.
    output.write('\n');
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    lines.prompt();
  });
  return {
    read(prompt) {
      const line = waiting.shift();
      if (line !== undefined) return Promise.resolve(line);
      if (isClosed) return Promise.resolve(null);
      isInterrupted = false;
      const asked = new Promise<string | null>((resolve) => {
        wanted = resolve;
      });
      lines.setPrompt(prompt);
      if (isTerminal) lines.prompt();
      else lines.resume();
      return asked;
    },
    takeInterrupt() {
      const was = isInterrupted;
      isInterrupted = false;
      return was;
    },
    close: () => lines.close(),
  };
}

/** Completes the word at the end of a line: a command where one begins, a label elsewhere. */
export function completeLine(line: string, labels: readonly string[]): [string[], string] {
  const word = /\w*$/.exec(line)![0];
  const before = line.slice(0, line.length - word.length);
  const isCommand = /(^|~)\s*[@&]?\s*$/.test(before);
  const names = isCommand
    ? COMMANDS.filter(({ support }) => support !== 'refused').map(({ name }) => name)
    : [...labels, 'PC', 'CYCLE', 'ROUND', 'LINES'];
  const found = names.filter((name) => name.startsWith(word));
  return [isCommand ? found.map((name) => `${name} `) : found, word];
}
