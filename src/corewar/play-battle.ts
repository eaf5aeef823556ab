// Plays the rounds of a battle on a MARS and adds them up.

import { UserError } from '../core/index.ts';
import type { BattleJob, BattleResult } from './battle.ts';
import type { Mars } from './mars/mars.ts';
import { planRounds } from './placement.ts';
import type { CoreSettings } from './settings.ts';

export type MarsFactory = (settings: CoreSettings) => Mars;

/** Plays a job's rounds on `mars`, whose settings must be the job's. What the MARS held before is forgotten. */
export function playBattle(mars: Mars, job: BattleJob): BattleResult {
  const count = job.warriors.length;
  if (settingsKey(mars.settings) !== settingsKey(job.settings)) {
    throw new UserError('this MARS has other settings than the battle');
  }
  const outcomes = Array.from({ length: count }, () => new Array<number>(count + 1).fill(0));
  const sums = { survival: zeros(count), spawned: zeros(count), coverage: zeros(count) };
  let instructions = 0;
  let isLoaded = false;
  for (const { positions, first, turns, mayOverlap } of planRounds(job)) {
    if (turns || !isLoaded) mars.load(turns ? turns.map((i) => job.warriors[i]!) : job.warriors);
    isLoaded = true;
    const result = mars.play({
      positions: turns ? turns.map((i) => positions[i]!) : positions,
      first,
      mayOverlap,
    });
    const survivors = result.alive.filter(Boolean).length;
    for (let slot = 0; slot < count; slot++) {
      const warrior = turns ? turns[slot]! : slot;
      outcomes[warrior]![result.alive[slot] ? survivors : 0]!++;
      for (const name of ['survival', 'spawned', 'coverage'] as const) {
        sums[name][warrior]! += result[name][slot]!;
      }
    }
    instructions += result.instructions;
  }
  const mean = (values: readonly number[]) =>
    values.map((value) => (job.rounds === 0 ? 0 : value / job.rounds));
  return {
    rounds: job.rounds,
    outcomes,
    survival: mean(sums.survival),
    spawned: mean(sums.spawned),
    coverage: mean(sums.coverage),
    instructions,
  };
}

/** MARSes that may lie idle, one for each of the settings seen last. */
const KEPT_MARSES = 4;

/** A function that plays jobs one after the other and makes one MARS for jobs of the same settings. */
export function createBattlePlayer(createMars: MarsFactory): (job: BattleJob) => BattleResult {
  const marses = new Map<string, Mars>();
  return (job) => {
    const key = settingsKey(job.settings);
    const mars = marses.get(key) ?? createMars(job.settings);
    marses.delete(key);
    marses.set(key, mars);
    if (marses.size > KEPT_MARSES) marses.delete(marses.keys().next().value!);
    return playBattle(mars, job);
  };
}

function settingsKey(settings: CoreSettings): string {
  const { coreSize, maxCycles, maxProcesses, maxLength, minSeparation } = settings;
  const { pspaceSize, readLimit, writeLimit, pmars } = settings;
  return `${coreSize} ${maxCycles} ${maxProcesses} ${maxLength} ${minSeparation} ${pspaceSize} ${readLimit} ${writeLimit} ${pmars}`;
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}
