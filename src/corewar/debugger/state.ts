// What a session remembers between commands.

import { UserError } from '../../core/index.ts';
import { createRegisters, type Registers } from '../parse/expressions.ts';
import { DEFAULT_FORMULA, parseScoreFormula, type ScoreFormula } from '../scoring.ts';
import type { Chain } from './chain.ts';
import type { Command } from './command-line.ts';
import type { DebuggedBattle } from './debugged-battle.ts';
import { createDefinitions, type Definitions } from './edit.ts';
import type { Macros } from './macros.ts';
import type { LogFile, SessionOptions } from './protocol.ts';
import { createView, type View, type ViewKind } from './views.ts';

export type SessionState = {
  readonly battle: DebuggedBattle;
  readonly options: SessionOptions;
  readonly formula: ScoreFormula;
  readonly rules: '94' | '88';
  /** What happens when no more commands are taken: `ask` while they are. */
  mode: 'ask' | 'step' | 'go' | 'continue' | 'quit';
  /** Stops that are passed over. */
  skips: number;
  kind: ViewKind;
  /** Whose queue or P-space is looked at. */
  viewed: number;
  /** The element shown last. */
  current: number;
  /** The range of the last command that had one; may lie outside the view. */
  range: { readonly from: number; readonly to: number };
  hidden: Command['hidden'];
  readonly registers: Registers;
  readonly macros: Macros;
  readonly definitions: Definitions;
  log: LogFile | null;
  /** The chain that commands come from; null if the next line is to be read. */
  chain: Chain | null;
  /** A failed `if` ended the last chain. */
  skipsNext: boolean;
  /** The line that an empty one repeats. */
  recalled: string;
  /** Commands since the last line or instruction. */
  idleCommands: number;
  /** After a `restart`, instructions are no progress. */
  hasRestarted: boolean;
  /** Commands and instructions since the last pause. */
  sincePause: number;
};

/** The variables are all 0 at first, as in pMARS. */
export function createState(battle: DebuggedBattle, options: SessionOptions): SessionState {
  return {
    battle,
    options,
    formula: options.formula ?? parseScoreFormula(DEFAULT_FORMULA),
    rules: options.rules ?? '94',
    mode: 'step',
    skips: 0,
    kind: 'core',
    viewed: 0,
    current: 0,
    range: { from: 0, to: 0 },
    hidden: 'none',
    registers: createRegisters().fill(0n),
    macros: new Map(),
    definitions: createDefinitions(),
    log: null,
    chain: null,
    skipsNext: false,
    recalled: '',
    idleCommands: 0,
    hasRestarted: false,
    sincePause: 0,
  };
}

/** Shows text as the marks before the command allow. */
export function show(state: SessionState, text: string): void {
  if (state.hidden !== 'all') state.log?.write(text);
  if (state.hidden === 'none') state.options.host.write(text);
}

/** Shows text that no mark hides: what is wrong. */
export function tell(state: SessionState, text: string): void {
  state.log?.write(text);
  state.options.host.write(text);
}

/** Shows an error that a person can do something about; throws any other one. */
export function tellError(state: SessionState, error: unknown): void {
  if (!(error instanceof UserError)) throw error;
  tell(state, `error: ${error.message}${error.hint ? ` (${error.hint})` : ''}\n`);
}

export function closeLog(state: SessionState): void {
  state.log?.close();
  state.log = null;
}

export function currentView(state: SessionState, kind: ViewKind = state.kind): View {
  return createView(kind, state.battle, state.viewed, state.rules);
}

/** Where a stop of the debugger begins: the element that runs next. */
export function arriveInView(state: SessionState): void {
  const { warrior, address } = state.battle.turn();
  state.viewed = warrior;
  if (state.kind === 'core') state.current = address;
  else if (state.kind === 'queue') state.current = 0;
  else if (state.kind === 'warriors') state.current = warrior;
}

/** An index within a view, counted around. */
export function fold(index: number, size: number): number {
  return ((index % size) + size) % size;
}
