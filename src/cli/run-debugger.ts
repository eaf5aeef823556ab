// Runs the debugger over a battle, between two streams: what `primordia debug` and -e of the battle commands do.

import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import {
  type Answer,
  type BattleJob,
  createPlainMars,
  createSession,
  type ScoreFormula,
  type SessionEnd,
  type WarriorSymbols,
} from '../corewar/index.ts';
import { openLogFile, readMacroFile } from './debugger-files.ts';
import { openLines } from './debugger-input.ts';
import { writeText } from './write-text.ts';

type Terminal = { readonly isTTY?: boolean; readonly rows?: number };

export type DebuggerOptions = {
  readonly job: BattleJob;
  /** Labels and marks of each warrior, which `readWarriors` hands out; without them labels are not known. */
  readonly symbols?: readonly WarriorSymbols[];
  readonly rules?: '94' | '88';
  /** For `progress`. */
  readonly formula?: ScoreFormula;
  readonly input: Readable & Terminal;
  readonly output: Writable & Terminal;
  /** Prompts and pages of 23 lines also where there is no terminal, as pMARS has them: what scripts for it expect. */
  readonly isPmars?: boolean;
  /** One JSON object per command, with its text. */
  readonly isJson?: boolean;
};

/** Lines of a page, as in pMARS for an unknown terminal. */
const PAGE_LINES = 23;

/**
 * Debugs a battle to its end, or until `quit` (`isAborted`). The end of the input plays the battle to its end. The caller
 * prints results.
 *
 * @throws UserError if the battle cannot be played
 */
export async function runDebugger(options: DebuggerOptions): Promise<SessionEnd> {
  const { job, input, output, isPmars = false, isJson = false } = options;
  const isTerminal = Boolean(input.isTTY && output.isTTY) && !isJson;
  let text = '';
  const flush = async () => {
    const shown = text;
    text = '';
    if (shown === '') return;
    if (isJson) output.write(`${JSON.stringify({ text: shown })}\n`);
    else writeText(output, shown);
    if (output.writableNeedDrain)
      await Promise.race([once(output, 'drain'), once(output, 'close')]);
  };
  const write = (more: string) => {
    text += more;
  };
  const session = createSession({
    mars: createPlainMars(job.settings),
    job,
    pageLines: pageLines(),
    ...(options.symbols === undefined ? {} : { symbols: options.symbols }),
    ...(options.rules === undefined ? {} : { rules: options.rules }),
    ...(options.formula === undefined ? {} : { formula: options.formula }),
    host: {
      write,
      clearScreen: () => {
        if (isTerminal) output.write('\u001b[H\u001b[2J');
      },
      readMacros: readMacroFile,
      openLog: (file) => openLogFile(file, (reason) => write(`error: ${reason}\n`)),
    },
  });
  const lines = openLines(input, output, { isTerminal, labels: session.labels });
  try {
    let step = session.run.next();
    while (!step.done) {
      const request = step.value;
      let answer: Answer;
      if (request.kind === 'line') {
        if (isPmars && !isTerminal) write(request.prompt);
        await flush();
        answer = { line: await lines.read(request.prompt) };
      } else {
        await flush();
        await setImmediate();
        answer = { isInterrupted: lines.takeInterrupt() };
      }
      step = session.run.next(answer);
    }
    await flush();
    return step.value;
  } finally {
    lines.close();
  }

  function pageLines(): number | null {
    if (isTerminal) return Math.max(2, (output.rows || PAGE_LINES + 1) - 1);
    return isPmars ? PAGE_LINES : null;
  }
}
