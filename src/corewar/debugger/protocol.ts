// What a session and the world around it say to each other.

import type { BattleJob } from '../battle.ts';
import type { InspectableMars } from '../mars/mars.ts';
import type { WarriorSymbols } from '../parse/debug-marks.ts';
import type { ScoreFormula } from '../scoring.ts';

/** What a session asks for. */
export type Request =
  /** A line of input, after `prompt`; null if there is no more. */
  | { readonly kind: 'line'; readonly prompt: string }
  /** Nothing: a moment to show what was written, and to interrupt. */
  | { readonly kind: 'pause' };

export type Answer = {
  readonly line?: string | null;
  /** The user wants the prompt back. */
  readonly isInterrupted?: boolean;
};

export type LogFile = { write(text: string): void; close(): void };

/** What a session needs of the world around it. */
export type SessionHost = {
  /** Shows text; lines end in newlines. */
  write(text: string): void;
  clearScreen(): void;
  /** The text of a file of macros. @throws UserError */
  readMacros(file: string): string;
  /** Opens a log file to append to. @throws UserError */
  openLog(file: string): LogFile;
};

export type SessionOptions = {
  readonly mars: InspectableMars;
  readonly job: BattleJob;
  /** Labels and marks by warrior, as far as they are known. */
  readonly symbols?: readonly WarriorSymbols[];
  readonly rules?: '94' | '88';
  readonly formula?: ScoreFormula;
  /** Lines after which a listing waits for a line; null, the default, for never. LINES is 23 then. */
  readonly pageLines?: number | null;
  /** Commands in a row that may execute no instruction: more are an endless loop. 1,000,000 by default. */
  readonly maxIdleCommands?: number;
  readonly host: SessionHost;
};

/** How a session ends: with all rounds played, or aborted by `quit`. */
export type SessionEnd = {
  readonly isAborted: boolean;
  /** `BattleResult.outcomes` of the rounds played. */
  readonly outcomes: readonly (readonly number[])[];
};

/** Something that a session does, which may ask for more. */
export type Asking<Result> = Generator<Request, Result, Answer>;
