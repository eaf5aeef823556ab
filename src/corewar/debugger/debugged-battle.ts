// The battle under the debugger: rounds, whose turn it is, scores so far, and what an instruction does to breakpoints.

import { UserError } from '../../core/index.ts';
import type { BattleJob } from '../battle.ts';
import type { InspectableMars } from '../mars/mars.ts';
import type { WarriorSymbols } from '../parse/debug-marks.ts';
import { planRounds, type RoundPlan } from '../placement.ts';
import { createTraces, findCopied, type Traces } from './traces.ts';

/** Where the battle stands. `warrior` is the one that moves next; after a death or the end of a round, that moved last. */
export type Turn = {
  readonly warrior: number;
  /** Its instruction. */
  readonly address: number;
  readonly isOver: boolean;
  /** Whether `warrior` has just lost its last process. */
  readonly isDead: boolean;
  /** Cycles that are left of the round. */
  readonly cyclesLeft: number;
};

export type DebuggedBattle = {
  readonly mars: InspectableMars;
  readonly job: BattleJob;
  readonly traces: Traces;
  /** The round under way, from 1. */
  readonly round: () => number;
  readonly positions: () => readonly number[];
  readonly turn: () => Turn;
  /** `BattleResult.outcomes` of the rounds that are over. */
  readonly outcomes: readonly (readonly number[])[];
  /** Whether MOV.I copies breakpoints. */
  copiesTraces: boolean;
  /** Begins the next round; false when there is none. */
  beginRound(): boolean;
  /** Begins the round under way again, with the P-space that it began with. */
  restartRound(): void;
  /** Lets the next process of the warrior that moves run at another address. Nothing happens after its death. */
  jumpTo(address: number): void;
  /** Replaces all its processes by one. @throws UserError after its death */
  replaceQueue(address: number): void;
  /** Executes one instruction; the state afterwards is `turn()`. */
  execute(): void;
  /** After a death that does not end the round: lets the next warrior move. */
  passOn(): void;
  /** Executes up to `count` instructions without breakpoints. */
  run(count: number): void;
};

/** @throws UserError if the job cannot be played */
export function createDebuggedBattle(
  mars: InspectableMars,
  job: BattleJob,
  symbols: readonly WarriorSymbols[],
): DebuggedBattle {
  if (job.order === 'shuffle')
    throw new UserError('a battle with shuffled turns cannot be debugged');
  const { warriors, settings } = job;
  const count = warriors.length;
  const traces = createTraces();
  const plans = planRounds(job);
  const outcomes = warriors.map(() => new Array<number>(count + 1).fill(0));
  let plan: RoundPlan | undefined;
  let round = 0;
  let pspaces: readonly Uint32Array[] = [];
  let turn: Turn = { warrior: 0, address: 0, isOver: true, isDead: false, cyclesLeft: 0 };
  mars.load(warriors);

  /** Warriors alive. */
  let alive = 0;
  const arrive = () => {
    const { warrior } = mars.turn();
    const address = mars.nextAddress(warrior);
    const cyclesLeft = Math.ceil(mars.remaining() / Math.max(1, alive));
    turn = { warrior, address, isOver: false, isDead: false, cyclesLeft };
  };
  const begin = ({ positions, first, mayOverlap }: RoundPlan) => {
    mars.begin({ positions, first, mayOverlap });
    alive = count;
    pspaces = warriors.map((_, i) => mars.readPspace(i));
    // What the last round left goes, with the cells that it was on.
    traces.clearAll();
    symbols.forEach(({ traced }, warrior) => {
      for (const offset of traced) {
        traces.set((positions[warrior]! + offset) % settings.coreSize, null);
      }
    });
    arrive();
  };
  const score = (points: 1 | -1) => {
    warriors.forEach((_, i) => {
      outcomes[i]![mars.nextAddress(i) >= 0 ? alive : 0]! += points;
    });
  };
  const execute = () => {
    const { warrior, address } = turn;
    const before = mars.remaining();
    const copied = traces.size() > 0 && battle.copiesTraces ? findCopied(mars, address) : -1;
    const [entry] = mars.trace(1);
    if (copied >= 0 && entry !== undefined) traces.move(copied, entry.written);
    const isDead = mars.nextAddress(warrior) < 0;
    const isOver = mars.remaining() === 0;
    if (!isDead && !isOver) {
      arrive();
      return;
    }
    // pMARS's count, before it takes the instruction that killed.
    const left = isDead ? before - 1 - Math.floor((before - 1) / alive) : before - 1;
    alive -= Number(isDead);
    if (isOver) score(1);
    const cyclesLeft = Math.ceil(left / Math.max(1, alive));
    turn = { warrior, address, isOver, isDead, cyclesLeft };
  };
  const battle: DebuggedBattle = {
    mars,
    job,
    traces,
    outcomes,
    round: () => round,
    positions: () => plan?.positions ?? [],
    turn: () => turn,
    copiesTraces: symbols.at(-1)?.isMoveable ?? true,
    beginRound() {
      const next = plans.next();
      if (next.done) return false;
      plan = next.value;
      round++;
      begin(plan);
      return true;
    },
    restartRound() {
      if (turn.isOver) score(-1);
      pspaces.forEach((cells, i) => {
        cells.forEach((value, index) => {
          mars.writePspace(i, index, value);
        });
      });
      begin(plan!);
    },
    jumpTo(address) {
      if (turn.isOver || turn.isDead) return;
      const [, ...rest] = mars.readQueue(turn.warrior);
      mars.writeQueue(turn.warrior, [address, ...rest]);
      arrive();
    },
    replaceQueue(address) {
      if (turn.isOver || turn.isDead) throw new UserError('no process runs next here');
      mars.writeQueue(turn.warrior, [address]);
      arrive();
    },
    execute,
    passOn: arrive,
    run(count) {
      const { warrior, address } = turn;
      const isGoingOn = mars.step(count);
      alive = warriors.filter((_, i) => mars.nextAddress(i) >= 0).length;
      if (isGoingOn) {
        arrive();
        return;
      }
      score(1);
      turn = { warrior, address, isOver: true, isDead: false, cyclesLeft: 0 };
    },
  };
  return battle;
}
