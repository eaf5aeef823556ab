// What each command does.

import { UserError } from '../../core/index.ts';
import { editRange, fillRange } from './change-cells.ts';
import { type Command, splitCondition, splitRange } from './command-line.ts';
import { findCommand, formatHelp, refusalOf } from './commands.ts';
import { expressionContext } from './context.ts';
import { describeProgress, describeRegisters } from './describe-battle.ts';
import { evaluate } from './expressions.ts';
import { pauseAtTimes, readRawLine } from './input.ts';
import { describeLabels } from './labels.ts';
import { defineMacros, listMacros, macroName } from './macros.ts';
import type { Asking } from './protocol.ts';
import { matchesPattern } from './search.ts';
import { showLines } from './show-lines.ts';
import {
  arriveInView,
  closeLog,
  currentView,
  fold,
  type SessionState,
  show,
  tell,
} from './state.ts';
import { MAX_BREAKPOINTS } from './traces.ts';
import type { ViewKind } from './views.ts';

const DEFAULT_MACRO_FILE = 'pmars.mac';
const MAX_PATTERN = 200;

/** @throws UserError if the argument is wrong, or there is nothing to do it to */
export function* runCommand(state: SessionState, command: Command): Asking<void> {
  const { name, argument } = command;
  const refusal = refusalOf(name);
  if (refusal !== null) {
    tell(state, refusal);
    return;
  }
  switch (name) {
    case 'step':
      return leave(state, 'step', argument);
    case 'go':
      return leave(state, 'go', argument);
    case 'continue':
      leave(state, 'continue', argument);
      closeLog(state);
      return;
    case 'thread': {
      leave(state, 'step', argument);
      const { warrior } = state.battle.turn();
      const processes = state.battle.mars.readQueue(warrior).length;
      state.skips = Math.max(0, processes * state.battle.job.warriors.length - 1);
      return;
    }
    case 'skip': {
      const { from, to } = readRange(state, argument);
      if (from !== to) throw new UserError('skip takes one number');
      state.skips = Math.max(0, from);
      state.mode = 'step';
      return;
    }
    case 'execute': {
      const { from, to } = readRange(state, argument);
      if (from !== to) throw new UserError('execute takes one address');
      state.battle.replaceQueue(fold(from, state.battle.job.settings.coreSize));
      state.mode = 'step';
      return;
    }
    case 'restart':
      state.battle.restartRound();
      state.hasRestarted = true;
      state.skips = 0;
      arriveInView(state);
      show(state, `${currentView(state).line(state.current)}\n`);
      return;
    case 'quit':
      state.mode = 'quit';
      return;
    case 'list':
      return yield* list(state, argument);
    case 'search':
      return yield* search(state, argument);
    case 'registers':
      return show(state, describeRegisters(state.battle));
    case 'progress':
      return show(state, describeProgress(state.battle, state.formula));
    case 'labels':
      return show(state, describeLabels(state));
    case 'pqueue':
      return selectView(state, 'queue', argument);
    case 'wqueue':
      return selectView(state, 'warriors', argument);
    case 'pspace':
      return selectView(state, 'pspace', argument);
    case 'trace':
    case 'break':
      return yield* setTraces(state, argument);
    case 'untrace':
      return yield* visitCells(state, foldRange(state, argument), state.battle.traces.clear);
    case 'moveable':
      if (!/^(on|off)$/i.test(argument)) throw new UserError('moveable takes on or off');
      state.battle.copiesTraces = argument.toLowerCase() === 'on';
      return;
    case 'edit':
      return yield* editRange(state, foldRange(state, argument));
    case 'fill':
      return yield* fillRange(state, foldRange(state, argument));
    case 'calc': {
      const { from, to } = readRange(state, argument);
      return show(state, splitRange(argument).hasComma ? `${from},${to}\n` : `${from}\n`);
    }
    case 'if':
      if (readRange(state, argument).from === 0) state.chain?.skip();
      return;
    case 'macro':
      return yield* macro(state, argument);
    case 'reset':
      state.chain = null;
      return;
    case 'echo':
      return show(state, `${argument}\n`);
    case 'remark':
      return;
    case 'write':
      return write(state, argument);
    case 'clear':
      if (state.hidden === 'none') state.options.host.clearScreen();
      return;
    case 'help':
      return yield* help(state, argument);
  }
}

/** Lets the battle go on, at another address if one is given. */
function leave(state: SessionState, mode: 'step' | 'go' | 'continue', argument: string): void {
  if (argument !== '') {
    const { from, to } = readRange(state, argument);
    const { coreSize } = state.battle.job.settings;
    if (fold(from, coreSize) !== fold(to, coreSize))
      throw new UserError(`${mode} takes one address`);
    state.battle.jumpTo(fold(from, coreSize));
  }
  state.mode = mode;
}

/** Two numbers, which may lie outside the view; without an argument those of the command before. */
function readRange(state: SessionState, argument: string): { from: number; to: number } {
  const { from, to, hasComma } = splitRange(argument);
  if (from === '' && to === '') return state.range;
  const context = expressionContext(state, currentView(state));
  const first = from === '' ? state.current : evaluate(from, context);
  const second = to !== '' ? evaluate(to, context) : hasComma ? state.current : first;
  state.range = { from: first, to: second };
  return state.range;
}

function foldRange(state: SessionState, argument: string): { from: number; to: number } {
  const { size } = currentView(state);
  const { from, to } = readRange(state, argument);
  return { from: fold(from, size), to: fold(to, size) };
}

/** Calls `visit` for the cells of the core that a range stands for; Ctrl-C ends it. */
function* visitCells(
  state: SessionState,
  { from, to }: SessionState['range'],
  visit: (cell: number) => void,
): Asking<void> {
  const view = currentView(state);
  const count = fold(to - from, view.size) + 1;
  for (let i = 0; i < count; i++) {
    const cell = view.cellOf((from + i) % view.size);
    if (cell !== null) visit(cell);
    if (yield* pauseAtTimes(state)) return;
  }
}

function* list(state: SessionState, argument: string): Asking<void> {
  const view = currentView(state);
  const { from, to } = foldRange(state, argument);
  state.current = to;
  yield* showLines(state, fold(to - from, view.size) + 1, (i) => view.line((from + i) % view.size));
}

function* help(state: SessionState, argument: string): Asking<void> {
  const text = formatHelp(argument === '' ? undefined : findCommand(argument));
  const lines = text.trimEnd().split('\n');
  yield* showLines(state, lines.length, (i) => lines[i]!);
}

function* search(state: SessionState, pattern: string): Asking<void> {
  if (pattern === '')
    throw new UserError('search needs a pattern', { hint: 'such as: search dat*,#0' });
  if (pattern.length > MAX_PATTERN)
    throw new UserError(`a pattern has at most ${MAX_PATTERN} characters`);
  const view = currentView(state);
  for (let i = 1; i < view.size; i++) {
    const index = (state.current + i) % view.size;
    if (matchesPattern(pattern, view.line(index))) {
      state.current = index;
      break;
    }
    if (yield* pauseAtTimes(state)) return;
  }
  show(state, `${view.line(state.current)}\n`);
}

function selectView(state: SessionState, kind: ViewKind, argument: string): void {
  const { battle } = state;
  if (kind === 'warriors') evaluateForEffect(state, argument);
  const { warrior } = battle.turn();
  if (/^off?$/i.test(argument)) {
    // An index into P-space is read as an address, as in pMARS.
    const { current } = state;
    const cell = state.kind === 'pspace' ? current : currentView(state).cellOf(current);
    state.current = cell ?? battle.turn().address;
    state.kind = 'core';
  } else {
    let viewed = warrior;
    if (kind !== 'warriors' && argument !== '') {
      const { from, to } = readRange(state, argument);
      const count = battle.job.warriors.length;
      if (from !== to || from < 1 || from > count) {
        throw new UserError(`there is no warrior ${argument.slice(0, 40)}`, {
          hint: `they count from 1 to ${count} here`,
        });
      }
      viewed = from - 1;
    }
    state.viewed = viewed;
    state.kind = kind;
    state.current = kind === 'warriors' ? warrior : 0;
  }
  show(state, `${currentView(state).line(state.current)}\n`);
}

/** Macros for pMARS assign variables in the argument of `wqueue`, which takes none. */
function evaluateForEffect(state: SessionState, argument: string): void {
  try {
    readRange(state, argument);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

function* setTraces(state: SessionState, argument: string): Asking<void> {
  const { range, condition } = splitCondition(argument);
  if (condition !== null) {
    // What is wrong with a condition is said now, not where it stops the battle. Its assignments are not made.
    const context = expressionContext(
      state,
      currentView(state, 'core'),
      state.battle.turn().address,
    );
    evaluate(condition, { ...context, registers: state.registers.slice() });
  }
  const limit = MAX_BREAKPOINTS.toLocaleString('en-US');
  const cells = foldRange(state, range);
  const count = fold(cells.to - cells.from, currentView(state).size) + 1;
  if (count > MAX_BREAKPOINTS) {
    throw new UserError(`${count.toLocaleString('en-US')} breakpoints are more than ${limit}`, {
      hint: 'give a smaller range',
    });
  }
  yield* visitCells(state, cells, (cell) => {
    if (state.battle.traces.set(cell, condition)) return;
    throw new UserError(`there are ${limit} breakpoints, and no room for one at ${cell}`, {
      hint: 'untrace removes them',
    });
  });
}

function* macro(state: SessionState, argument: string): Asking<void> {
  const [, typed = '', file = ''] = /^([^\s,]*)[\s,]*(.*)$/s.exec(argument) ?? [];
  if (file.toLowerCase() === 'user') {
    show(state, 'Definitions NAME=COMMAND~COMMAND follow, a line each; a single . ends them.\n');
    let text = '';
    for (;;) {
      const line = yield* readRawLine(state, '');
      if (line === null || line.trim() === '.') break;
      text += `${line}\n`;
    }
    defineMacros(state.macros, text);
  } else if (file !== '' || state.macros.size === 0) {
    defineMacros(
      state.macros,
      state.options.host.readMacros(file === '' ? DEFAULT_MACRO_FILE : file),
    );
  }
  const name = macroName(typed);
  if (name === '') {
    const lines = listMacros(state.macros);
    return yield* showLines(state, lines.length, (i) => lines[i]!);
  }
  const definition = state.macros.get(name);
  if (definition === undefined) {
    throw new UserError(`there is no macro ${name.slice(0, 40)}`, { hint: 'macro lists them' });
  }
  state.chain?.insert(definition);
}

function write(state: SessionState, file: string): void {
  if (file === '' && state.log === null) {
    throw new UserError('write needs the name of a file');
  }
  if (state.log !== null) {
    show(state, 'The log file is closed.\n');
    closeLog(state);
  }
  if (file === '') return;
  state.log = state.options.host.openLog(file);
  show(state, `What is shown is appended to ${file}.\n`);
}
