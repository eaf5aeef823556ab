// What a MARS is: a core that warriors are loaded into and that plays rounds. Two do the same: the WebAssembly one
// (`createMars`) and the plain one (`createPlainMars`).

import type { CoreSettings } from '../settings.ts';
import type { Warrior } from '../warrior.ts';

/** How a round is set up. */
export type RoundSetup = {
  /** Address of each warrior's first instruction. */
  readonly positions: readonly number[];
  /** The warrior that moves first; the others follow in order. */
  readonly first: number;
  /** Later warriors overwrite earlier ones where they overlap, which is refused otherwise. */
  readonly mayOverlap?: boolean;
};

/** How a round went; arrays are by warrior. */
export type RoundResult = {
  /**
   * Turns that were begun: each is one instruction of every warrior alive. At most `maxCycles`; the last one is cut short
   * by a death that ends the round: in a round of several the one that leaves a single warrior.
   */
  readonly cycles: number;
  /** Instructions executed by all warriors together. */
  readonly instructions: number;
  readonly alive: readonly boolean[];
  /** The cycle, from 0, in which each warrior lost its last process; -1 for a survivor. */
  readonly deaths: readonly number[];
  /**
   * Sum over the round's `maxCycles` cycles of `N / maxCycles * alive_i / (sum_j alive_j)`: 1 is an equal share, N is
   * all of it. Who is alive is asked at the end of a cycle: a death in cycle c earns for c cycles. A sole survivor earns
   * to the last cycle. While a round is not over, full cycles played count. Computed in double precision from `deaths`
   * alone (`scoreSurvival`): equal deaths give equal doubles. Source: Digital Red Queen, arXiv 2601.03335, equation of
   * fitness.
   */
  readonly survival: readonly number[];
  /**
   * Sum over a warrior's turns of what its process count grew by, where it grew (DRQ's total spawned processes): SPLs
   * that found room in the queue. The first process does not count.
   */
  readonly spawned: readonly number[];
  /** Distinct addresses that were ever queued for execution, the first one included (DRQ's memory coverage). */
  readonly coverage: readonly number[];
};

/** What happened in the last instruction that `step` executed. */
export type TraceEntry = {
  readonly warrior: number;
  readonly address: number;
  /** Address that the operation wrote, -1 for none; cells that modes decrement or increment are not told. */
  readonly written: number;
};

export type Mars = {
  readonly settings: CoreSettings;
  /**
   * Forgets everything, P-space included, and takes the warriors of the rounds to come. Their fields are reduced modulo
   * the core size.
   *
   * @throws UserError if there is none, or one is too long for the core or starts outside itself
   */
  load(warriors: readonly Warrior[]): void;
  /**
   * Plays a round from an empty core. P-space lasts from round to round until `load`; its cell 0 is `coreSize - 1`
   * before the first round, then 0 after a loss and the number of survivors otherwise.
   *
   * @throws UserError if positions or the first warrior are impossible, or warriors overlap and may not
   */
  play(setup: RoundSetup): RoundResult;
  /** Sets a round up without playing it: for viewers and tests. */
  begin(setup: RoundSetup): void;
  /** Executes up to `count` instructions, warriors in turn; true while the round is not over. */
  step(count: number): boolean;
  /** The state of the round that `begin` set up: so far when it is not over. */
  result(): RoundResult;
  /** Whose turn is next, and the cycle, from 0, that it is in; warrior -1 and the cycles played when the round is over. */
  turn(): { readonly warrior: number; readonly cycle: number };
  /** Packed codes (`packCode`) and fields of the core: copies, `[coreSize]` each. */
  readCore(): { readonly code: Uint16Array; readonly a: Uint32Array; readonly b: Uint32Array };
  writeCell(address: number, code: number, a: number, b: number): void;
  /** Addresses in a warrior's queue, the next one first. */
  readQueue(warrior: number): Uint32Array;
  readPspace(warrior: number): Uint32Array;
  /** Up to `count` instructions, recorded; the last ones of a round may be fewer. */
  trace(count: number): readonly TraceEntry[];
};

/** What an instruction does, told in the order in which it happens, but for `write`, which comes last. */
export type Access =
  /** It begins, at the address. */
  | 'execute'
  /** The operation, or an indirect mode, takes a value from the cell. An immediate operand takes none from any cell. */
  | 'read'
  /** A mode has decremented or incremented a field of the cell. */
  | 'change'
  /** The operation has written the cell. */
  | 'write'
  /** A process goes on, or begins, at the address. None of them after `execute`: the process has died. */
  | 'queue';

export type AccessListener = (access: Access, address: number, warrior: number) => void;

/** A round as it stood, P-space included. It shares no memory with the MARS. */
export type SavedRound = {
  readonly core: { readonly code: Uint16Array; readonly a: Uint32Array; readonly b: Uint32Array };
  /** By warrior. */
  readonly players: readonly {
    readonly queue: Uint32Array;
    readonly death: number;
    readonly spawned: number;
    readonly visited: Uint8Array;
    readonly lastResult: number;
    readonly pspace: Uint32Array;
  }[];
  /** Warriors alive in the order of turns, and whose turn is next among them. */
  readonly alive: readonly number[];
  readonly next: number;
  readonly cycle: number;
  readonly left: number;
  readonly instructions: number;
  readonly isOver: boolean;
};

/** A MARS that a debugger can look into and change in the middle of a round. */
export type InspectableMars = Mars & {
  /** Tells `listener` what every instruction does from now on; `null` ends that. It must not change the MARS. */
  observe(listener: AccessListener | null): void;
  save(): SavedRound;
  /** Puts a round of the warriors that are loaded back to where it was saved. */
  restore(round: SavedRound): void;
  /** Instructions until the round is over if nobody dies, as pMARS counts them; 0 when it is over. */
  remaining(): number;
  /** The address that a warrior's next process executes, -1 for a dead warrior. */
  nextAddress(warrior: number): number;
  readCell(address: number): { readonly code: number; readonly a: number; readonly b: number };
  /** Replaces the processes of a warrior that is alive by others, one or more, the next one first. */
  writeQueue(warrior: number, addresses: readonly number[]): void;
  writePspace(warrior: number, index: number, value: number): void;
};
