// Where commands come from: links of a chain, and lines when it is at its end.

import { UserError } from '../../core/index.ts';
import { createChain } from './chain.ts';
import { expressionContext } from './context.ts';
import { evaluate } from './expressions.ts';
import type { Asking } from './protocol.ts';
import { currentView, type SessionState, tell, tellError } from './state.ts';

const MAX_LINE = 65_536;
const MAX_IDLE_COMMANDS = 1_000_000;
/** Instructions and commands between two pauses. */
export const PAUSE_EVERY = 5000;

/** The next link of the chain, or of the next line; null at the end of the input. An empty line repeats the last one. */
export function* nextLink(state: SessionState, prompt: string): Asking<string | null> {
  for (;;) {
    yield* pauseAtTimes(state);
    if (state.chain === null) {
      const line = yield* readLine(state, prompt);
      if (line === null) return null;
      state.chain = createChain(line, state.skipsNext);
      state.skipsNext = false;
      state.idleCommands = 0;
      state.hasRestarted = false;
    }
    try {
      countCommand(state);
      const link = state.chain.next((expression) => countOf(state, expression));
      if (link !== null) return link;
      state.skipsNext = state.chain.isSkipping();
    } catch (error) {
      tellError(state, error);
    }
    state.chain = null;
  }
}

/** A failed repetition count ends the loop after its first pass, as a count of 1 does. */
function countOf(state: SessionState, expression: string): number {
  return evaluate(expression, expressionContext(state, currentView(state)));
}

function countCommand(state: SessionState): void {
  const { maxIdleCommands = MAX_IDLE_COMMANDS } = state.options;
  if (++state.idleCommands <= maxIdleCommands) return;
  throw new UserError(`${maxIdleCommands} commands ran without an instruction between them`, {
    hint: 'the loop may have no end; the rest of this line is dropped',
  });
}

function* readLine(state: SessionState, prompt: string): Asking<string | null> {
  let line = '';
  for (let isContinued = true; isContinued; ) {
    const piece = yield* readRawLine(state, prompt);
    if (piece === null) {
      if (line === '') return null;
      break;
    }
    isContinued = piece.endsWith('\\');
    line += isContinued ? piece.slice(0, -1) : piece;
    if (line.length > MAX_LINE) {
      tell(state, `error: the line has more than ${MAX_LINE} characters\n`);
      line = ' ';
      break;
    }
  }
  if (line === '') return state.recalled;
  if (!/^\s/.test(line)) state.recalled = line;
  return line;
}

/** A line as it is typed; it goes into the log file. */
export function* readRawLine(state: SessionState, prompt: string): Asking<string | null> {
  state.sincePause = 0;
  const { line = null } = yield { kind: 'line', prompt };
  state.log?.write(`${prompt}${line ?? ''}\n`);
  return line;
}

/**
 * Lets what was written be seen, and the user interrupt: the chain ends then, and the battle stops. True after an interrupt:
 * what the command has not done yet stays undone.
 */
export function* pauseAtTimes(state: SessionState, weight = 1): Asking<boolean> {
  state.sincePause += weight;
  if (state.sincePause < PAUSE_EVERY) return false;
  state.sincePause = 0;
  const { isInterrupted = false } = yield { kind: 'pause' };
  if (!isInterrupted) return false;
  state.chain = null;
  state.skips = 0;
  state.skipsNext = false;
  state.hidden = 'none';
  tell(state, 'Interrupted.\n');
  if (state.mode !== 'ask') state.mode = 'step';
  return true;
}
