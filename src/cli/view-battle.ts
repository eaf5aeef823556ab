// `-v MODE`: the core of a battle in a terminal, before its results.

import { watchBattle } from '../arena/watch-battle.ts';
import type { BattleJob } from '../corewar/battle.ts';
import { createBattleView } from '../corewar/battle-view.ts';
import { createMars } from '../corewar/mars/kernel-mars.ts';
import { planRounds } from '../corewar/placement.ts';
import { withInterrupt } from './interrupt.ts';

/** Cycles per frame for the speeds of pMARS, 0 the fastest. */
const SPEEDS = [2000, 500, 200, 100, 50, 20, 5, 1] as const;

/** What MODE means here: a speed, the digit of hundreds; and nothing to see where its last digit, the level, is 0. */
function readViewMode(mode: number): { readonly cyclesPerFrame: number } | null {
  if (mode % 10 === 0) return null;
  const speed = Math.floor(mode / 100) % 10;
  return { cyclesPerFrame: SPEEDS[Math.min(speed, SPEEDS.length - 1)]! };
}

/**
 * Shows the battle's rounds until the user ends it; where standard input or output is not a terminal, says so and returns.
 *
 * @param say for standard error
 */
export async function viewBattle(
  job: BattleJob,
  mode: number,
  say: (line: string) => void,
): Promise<void> {
  const view = readViewMode(mode);
  if (view === null) return;
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    say('-v shows the core in a terminal only; the battle is played without it');
    return;
  }
  const { settings, warriors } = job;
  const plans = [...planRounds({ ...job, rounds: Math.min(job.rounds, MAX_ROUNDS) })];
  await withInterrupt(
    () => {},
    (signal) =>
      watchBattle({
        warriors,
        screen: stdout,
        keys: stdin,
        signal,
        ...view,
        // After the last round the first one comes again.
        begin: (round) =>
          createBattleView(createMars(settings), warriors, plans[round % plans.length]!),
      }),
  );
}

/** Upper limit of watched rounds. */
const MAX_ROUNDS = 1000;
