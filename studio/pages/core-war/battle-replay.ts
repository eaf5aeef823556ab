// A round that goes forward and backward: played on the plain MARS, from saved states where it goes back.

import {
  type CoreSettings,
  createMars,
  createPlainMars,
  type InspectableMars,
  type Instruction,
  packCode,
  type RoundSetup,
  type SavedRound,
  unpackCode,
  type Warrior,
} from '../../../src/corewar/index.ts';
import { createTouchMap, type TouchMap } from './touch-map.ts';

/** What is played. Positions in a round are counted in instructions from its beginning. */
export type ReplayBattle = {
  readonly settings: CoreSettings;
  readonly warriors: readonly Warrior[];
  readonly setup: RoundSetup;
};

/** An instruction that was put into a cell before the instruction at `position` was executed. */
export type CellEdit = {
  readonly position: number;
  readonly address: number;
  readonly instruction: Instruction;
};

/** How the round ends, changes of cells included. */
export type Outcome = {
  readonly instructions: number;
  readonly cycles: number;
  /** The cycle, from 0, in which each warrior lost its last process; -1 for a survivor. */
  readonly deaths: readonly number[];
};

/** What an instruction did to a cell, in the order in which it did it. */
export type Effect = {
  readonly access: 'read' | 'change' | 'write';
  readonly address: number;
  readonly before: Instruction;
  readonly after: Instruction;
};

export type LastInstruction = {
  readonly warrior: number;
  readonly address: number;
  readonly cycle: number;
  readonly instruction: Instruction;
  readonly effects: readonly Effect[];
  /** Addresses at which processes go on or begin; none where the process has died. */
  readonly queued: readonly number[];
};

/** Where a run stops: before the instruction at an address, and at the beginning of a cycle. */
export type Stops = {
  readonly addresses: ReadonlySet<number>;
  readonly cycles: ReadonlySet<number>;
};

export type RunEnd = 'arrived' | 'interrupted' | 'address' | 'cycle';

export type Replay = {
  readonly battle: ReplayBattle;
  readonly position: () => number;
  readonly outcome: () => Outcome;
  /** What is executed next; null where the round is over. */
  readonly next: () => {
    readonly warrior: number;
    readonly address: number;
    readonly cycle: number;
  } | null;
  readonly last: () => LastInstruction | null;
  readonly touched: TouchMap;
  readonly edits: () => readonly CellEdit[];
  readonly queue: (warrior: number) => Uint32Array;
  readonly cell: (address: number) => Instruction;
  /**
   * Goes to a position, or to the end of the round where that is before it.
   *
   * @param mayGoOn asked every few thousand instructions
   * @returns false where it was interrupted
   */
  seek(position: number, mayGoOn?: () => boolean): boolean;
  /**
   * Plays on out of sight, so that a later jump finds a saved state near its goal. What is shown stays.
   *
   * @returns whether there is nothing left to prepare
   */
  prepare(mayGoOn: () => boolean): boolean;
  /** Goes forward to a position, or to a stop. One where it stands already does not count. */
  run(position: number, stops: Stops, mayGoOn?: () => boolean): RunEnd;
  /** Puts an instruction into a cell. Later changes are forgotten. */
  edit(address: number, instruction: Instruction): void;
  /** Forgets all changes of cells, and begins again. */
  removeEdits(): void;
};

type Saved = {
  readonly position: number;
  readonly round: SavedRound;
  readonly touched: TouchMap;
};

/** Instructions between two looks at the clock. */
const BLOCK = 2048;
const MIN_SAVE_INTERVAL = 1024;
const MAX_SAVES = 128;
const MAX_SAVED_BYTES = 48 << 20;
const always = () => true;

/** @throws UserError if the battle cannot be played */
export function createReplay(battle: ReplayBattle): Replay {
  const { settings, warriors, setup } = battle;
  const mars = createPlainMars(settings);
  mars.load(warriors);
  mars.begin(setup);
  const { touched, listen, countFrom, settle } = createTouchMap(mars, battle);
  mars.observe(listen);
  let edits: readonly CellEdit[] = [];
  let outcome = foresee(battle, edits);
  let saveInterval = intervalOf(battle, outcome);
  let position = 0;
  let last: LastInstruction | null = null;
  let saves: Saved[] = [];
  save();

  function save(): void {
    saves.push({ position, round: mars.save(), touched: copyTouched(touched) });
  }

  /** What is due at the position: a saved state, which changes of cells at this position are not in, and these. */
  function arrive(): void {
    if (position >= saves.at(-1)!.position + saveInterval) save();
    applyEdits();
  }

  function applyEdits(): void {
    for (const { position: at, address, instruction } of edits) {
      if (at === position) writeInstruction(mars, address, instruction);
    }
  }

  /** Executes instructions, none beyond a change of a cell or a position to save. */
  function execute(count: number): void {
    mars.step(count);
    settle();
    position += count;
    arrive();
  }

  function forward(goal: number, mayGoOn: () => boolean): boolean {
    while (position < goal) {
      const saveAt = saves.at(-1)!.position + saveInterval;
      const bounds = [goal, position + BLOCK, ...(saveAt > position ? [saveAt] : [])];
      for (const { position: at } of edits) if (at > position) bounds.push(at);
      execute(Math.min(...bounds) - position);
      if (position < goal && !mayGoOn()) return false;
    }
    return true;
  }

  function restore(from: Saved): void {
    mars.restore(from.round);
    pasteTouched(touched, from.touched);
    position = from.position;
    countFrom(position);
    applyEdits();
  }

  /** Executes one instruction, and keeps what it did. */
  function executeInDetail(): void {
    const { warrior, cycle } = mars.turn();
    const address = mars.nextAddress(warrior);
    const { code, a, b } = mars.readCore();
    const instruction = unpackCode(code[address]!, a[address]!, b[address]!);
    /** Cells as they are by now, where the instruction has touched them. */
    const states = new Map<number, Instruction>();
    const effects: Effect[] = [];
    const queued: number[] = [];
    mars.observe((access, at, by) => {
      listen(access, at, by);
      if (access === 'queue') queued.push(at);
      if (access === 'queue' || access === 'execute') return;
      const before = states.get(at) ?? unpackCode(code[at]!, a[at]!, b[at]!);
      const after = readInstruction(mars, at);
      states.set(at, after);
      effects.push({ access, address: at, before, after });
    });
    mars.step(1);
    mars.observe(listen);
    settle();
    position++;
    last = { warrior, address, cycle, instruction, effects, queued };
    arrive();
  }

  function seek(wanted: number, mayGoOn: () => boolean = always): boolean {
    const goal = Math.max(0, Math.min(Math.floor(wanted), outcome.instructions));
    if (goal === position && (goal === 0) === (last === null)) return true;
    last = null;
    const before = Math.max(0, goal - 1);
    const nearest = saves.findLast((saved) => saved.position <= before)!;
    if (before < position || nearest.position > position) restore(nearest);
    if (goal === 0) return true;
    if (!forward(goal - 1, mayGoOn)) return false;
    executeInDetail();
    return true;
  }

  function prepare(mayGoOn: () => boolean): boolean {
    const isDone = () => saves.at(-1)!.position + saveInterval > outcome.instructions;
    if (isDone()) return true;
    const here = position;
    restore(saves.at(-1)!);
    while (!isDone() && mayGoOn())
      forward(Math.min(position + BLOCK, outcome.instructions), always);
    // As it was, the last instruction too.
    last = null;
    position = Number.POSITIVE_INFINITY;
    seek(here);
    return isDone();
  }

  function run(wanted: number, stops: Stops, mayGoOn: () => boolean = always): RunEnd {
    const goal = Math.min(Math.floor(wanted), outcome.instructions);
    if (goal <= position) return 'arrived';
    const cycleAt = nextCycleStop(stops.cycles);
    const until = Math.min(goal, cycleAt);
    const reached: RunEnd = cycleAt <= goal ? 'cycle' : 'arrived';
    if (stops.addresses.size === 0) {
      return seek(until, mayGoOn) ? reached : 'interrupted';
    }
    last = null;
    while (position < until) {
      execute(1);
      const { warrior } = mars.turn();
      if (warrior >= 0 && stops.addresses.has(mars.nextAddress(warrior))) {
        seek(position);
        return 'address';
      }
      if (position % BLOCK === 0 && position < until && !mayGoOn()) return 'interrupted';
    }
    seek(position);
    return reached;
  }

  function foreseeAgain(): void {
    outcome = foresee(battle, edits);
    saveInterval = intervalOf(battle, outcome);
  }

  function nextCycleStop(cycles: ReadonlySet<number>): number {
    let nearest = Number.POSITIVE_INFINITY;
    for (const cycle of cycles) {
      const at = positionOfCycle(cycle, outcome);
      if (cycle < outcome.cycles && at > position && at < nearest) nearest = at;
    }
    return nearest;
  }

  return {
    battle,
    position: () => position,
    outcome: () => outcome,
    next() {
      const { warrior, cycle } = mars.turn();
      return warrior < 0 ? null : { warrior, cycle, address: mars.nextAddress(warrior) };
    },
    last: () => last,
    touched,
    edits: () => edits,
    queue: (warrior) => mars.readQueue(warrior),
    cell: (address) => readInstruction(mars, address),
    seek,
    prepare,
    run,
    edit(address, instruction) {
      edits = [
        ...edits.filter((one) => one.position <= position),
        { position, address, instruction },
      ];
      saves = saves.filter((one) => one.position <= position);
      writeInstruction(mars, address, instruction);
      foreseeAgain();
    },
    removeEdits() {
      edits = [];
      saves = saves.slice(0, 1);
      last = null;
      restore(saves[0]!);
      foreseeAgain();
    },
  };
}

/** The position at which a cycle begins; the end of the round where it has fewer cycles. */
export function positionOfCycle(cycle: number, { deaths, instructions }: Outcome): number {
  const turns = deaths.reduce(
    (sum, death) => sum + (death < 0 ? cycle : Math.min(cycle, death + 1)),
    0,
  );
  return Math.min(turns, instructions);
}

/** The position behind the instruction that ended a warrior's last process; null for a survivor. */
export function positionOfDeath(
  warrior: number,
  { deaths, instructions }: Outcome,
  first: number,
): number | null {
  const death = deaths[warrior]!;
  if (death < 0) return null;
  const count = deaths.length;
  const turnOf = (one: number) => (one - first + count) % count;
  const before = deaths.filter(
    (other, one) => turnOf(one) < turnOf(warrior) && (other < 0 || other >= death),
  ).length;
  const begin = deaths.reduce(
    (sum, other) => sum + (other < 0 ? death : Math.min(death, other + 1)),
    0,
  );
  return Math.min(begin + before + 1, instructions);
}

/** Plays the whole round on the fast MARS. */
function foresee({ settings, warriors, setup }: ReplayBattle, edits: readonly CellEdit[]): Outcome {
  const mars = createMars(settings);
  mars.load(warriors);
  mars.begin(setup);
  let at = 0;
  for (const { position, address, instruction } of edits) {
    if (position > at) mars.step(position - at);
    at = position;
    mars.writeCell(address, packCode(instruction), instruction.a, instruction.b);
  }
  while (mars.step(1_000_000_000));
  const { instructions, cycles, deaths } = mars.result();
  return { instructions, cycles, deaths };
}

function readInstruction(mars: InspectableMars, address: number): Instruction {
  const { code, a, b } = mars.readCell(address);
  return unpackCode(code, a, b);
}

function writeInstruction(mars: InspectableMars, address: number, instruction: Instruction): void {
  mars.writeCell(address, packCode(instruction), instruction.a, instruction.b);
}

/** Instructions between two saved states, so that all of them have room. */
function intervalOf({ settings, warriors }: ReplayBattle, { instructions }: Outcome): number {
  const { coreSize, pspaceSize, maxProcesses } = settings;
  // Cells, marks, P-space and full queues.
  const bytes = 21 * coreSize + warriors.length * (coreSize + 4 * (pspaceSize + maxProcesses));
  const count = Math.max(4, Math.min(MAX_SAVES, Math.floor(MAX_SAVED_BYTES / bytes)));
  return Math.max(MIN_SAVE_INTERVAL, Math.ceil(instructions / count));
}

function copyTouched({ owners, marks, times, readers, readTimes }: TouchMap): TouchMap {
  return {
    owners: owners.slice(),
    marks: marks.slice(),
    times: times.slice(),
    readers: readers.slice(),
    readTimes: readTimes.slice(),
  };
}

function pasteTouched(to: TouchMap, from: TouchMap): void {
  to.owners.set(from.owners);
  to.marks.set(from.marks);
  to.times.set(from.times);
  to.readers.set(from.readers);
  to.readTimes.set(from.readTimes);
}
