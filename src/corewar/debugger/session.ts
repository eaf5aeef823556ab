// A session of the debugger: commands in, text out. It asks for lines and plays the battle between them; nothing here waits.

import { parseCommand, readSilence } from './command-line.ts';
import { expressionContext } from './context.ts';
import { createDebuggedBattle } from './debugged-battle.ts';
import { describeStop } from './describe-battle.ts';
import { evaluateAbsolute } from './expressions.ts';
import { nextLink, PAUSE_EVERY, pauseAtTimes } from './input.ts';
import { labelNames } from './labels.ts';
import type { Asking, SessionEnd, SessionOptions } from './protocol.ts';
import { runCommand } from './run-command.ts';
import {
  arriveInView,
  closeLog,
  createState,
  currentView,
  type SessionState,
  show,
  tellError,
} from './state.ts';

export type Session = {
  /** `next()` begins, and each answer goes on to the next request. */
  readonly run: Asking<SessionEnd>;
  /** Labels that there are at the moment. */
  readonly labels: () => readonly string[];
};

const PROMPT = '(cdb) ';
/** Instructions at a time where nothing can stop the battle. */
const RUN_BLOCK = 100_000;

/**
 * Debugs a battle.
 *
 * @throws UserError if the job cannot be played
 */
export function createSession(options: SessionOptions): Session {
  const battle = createDebuggedBattle(options.mars, options.job, options.symbols ?? []);
  const state = createState(battle, options);
  return { run: playBattle(state), labels: () => labelNames(state) };
}

/** Plays the rounds, and takes commands where the debugger is to stop. */
function* playBattle(state: SessionState): Asking<SessionEnd> {
  const { battle } = state;
  let hasRound = battle.beginRound();
  while (hasRound) {
    const { isOver, isDead } = battle.turn();
    const isAfter = isOver || isDead;
    if (isAfter ? state.mode === 'go' : state.mode === 'step' || stopsHere(state)) {
      yield* takeCommands(state, isAfter ? describeStop(battle, battle.turn()) : '');
      if (state.mode === 'quit') break;
    }
    // A command may have begun the round again.
    const turn = battle.turn();
    if (turn.isOver) hasRound = battle.beginRound();
    else if (turn.isDead) battle.passOn();
    else if (state.mode === 'continue') {
      battle.run(RUN_BLOCK);
      yield* pauseAtTimes(state, RUN_BLOCK);
    } else {
      battle.execute();
      if (!state.hasRestarted) state.idleCommands = 0;
      if (++state.sincePause >= PAUSE_EVERY) yield* pauseAtTimes(state);
    }
  }
  closeLog(state);
  return { isAborted: state.mode === 'quit', outcomes: battle.outcomes };
}

/** Whether a breakpoint stops `go` at the next instruction. One whose condition cannot be evaluated does. */
function stopsHere(state: SessionState): boolean {
  if (state.mode !== 'go') return false;
  const { traces, turn } = state.battle;
  const { address } = turn();
  const condition = traces.condition(address);
  if (condition === undefined || condition === null) return condition === null;
  try {
    const context = expressionContext(state, currentView(state, 'core'), address);
    return evaluateAbsolute(condition, context) !== 0;
  } catch (error) {
    tellError(state, error);
    return true;
  }
}

/** The prompt, until a command lets the battle go on. */
function* takeCommands(state: SessionState, message: string): Asking<void> {
  if (state.skips > 0) {
    state.skips--;
    state.mode = 'step';
    return;
  }
  state.mode = 'ask';
  arriveInView(state);
  show(state, `${message}${currentView(state).line(state.current)}\n`);
  while (state.mode === 'ask') {
    const link = yield* nextLink(state, PROMPT);
    if (link === null) {
      state.hidden = 'none';
      show(state, 'The input has ended: the battle is played to its end.\n');
      state.mode = 'continue';
      return;
    }
    state.hidden = readSilence(link);
    try {
      yield* runCommand(state, parseCommand(link));
    } catch (error) {
      tellError(state, error);
    }
  }
}
