// A round that is looked at while it runs: who touched which cell last, what runs next, how many processes there are.

import type { CoreMap } from './core-map.ts';
import type { Mars, RoundSetup } from './mars/mars.ts';
import type { Warrior } from './warrior.ts';

export type BattleView = {
  /** Plays up to this many cycles; false when the round is over. */
  advance(cycles: number): boolean;
  readonly map: () => CoreMap;
  /** The cycle under way, and processes by warrior. */
  readonly status: () => { cycle: number; processes: number[]; isOver: boolean };
};

/** Instructions that are recorded at a time. */
const TRACE_BLOCK = 4096;

/** Begins a round of `warriors` on `mars` and follows it. */
export function createBattleView(
  mars: Mars,
  warriors: readonly Warrior[],
  setup: RoundSetup,
): BattleView {
  const { coreSize, maxCycles } = mars.settings;
  mars.load(warriors);
  mars.begin(setup);
  const owners = new Uint8Array(coreSize);
  warriors.forEach(({ instructions }, warrior) => {
    for (let i = 0; i < instructions.length; i++) {
      owners[(setup.positions[warrior]! + i) % coreSize] = warrior + 1;
    }
  });
  let isOver = false;
  const advance = (cycles: number): boolean => {
    const until = mars.turn().cycle + cycles;
    while (!isOver && mars.turn().cycle < until) {
      // A cycle is at most one instruction a warrior: fewer never pass the goal.
      const want = Math.min(TRACE_BLOCK, Math.max(1, until - mars.turn().cycle));
      const entries = mars.trace(want);
      for (const { warrior, address, written } of entries) {
        owners[address] = warrior + 1;
        if (written >= 0) owners[written] = warrior + 1;
      }
      isOver = entries.length < want;
    }
    return !isOver;
  };
  const queues = () => warriors.map((_, warrior) => mars.readQueue(warrior));
  return {
    advance,
    map: () => ({ owners, heads: queues().map((queue) => queue[0] ?? null) }),
    status: () => ({
      cycle: isOver ? Math.min(mars.result().cycles, maxCycles) : mars.turn().cycle,
      processes: queues().map(({ length }) => length),
      isOver,
    }),
  };
}
