// The fitness of a candidate against opponents, in battles in which all fight at once.

import { foldIn, type Key, mean } from '../core/index.ts';
import type { BattleJob, BattleResult, CoreSettings, Warrior } from '../corewar/index.ts';
import type { Evaluation } from './candidate.ts';

/** Plays battles, in whatever order and on however many threads; results come in the order of the jobs. */
export type PlayBattles = (
  jobs: readonly BattleJob[],
  options?: { readonly signal?: AbortSignal },
) => Promise<readonly BattleResult[]>;

export type EvaluationPlan = {
  readonly settings: CoreSettings;
  readonly opponents: readonly Warrior[];
  readonly simulations: number;
  /** `fair`: the candidate takes every slot in turn; `authors`: it has the first slot and moves first. */
  readonly placement: 'fair' | 'authors';
};

/**
 * The battles of an evaluation: one round each, all warriors in one core, placed again for every battle. The candidate's
 * slot is `simulation mod (opponents + 1)` where placement is fair, else 0.
 */
export function planEvaluation(candidate: Warrior, plan: EvaluationPlan, key: Key): BattleJob[] {
  const { settings, opponents, simulations } = plan;
  return Array.from({ length: simulations }, (_, simulation) => ({
    settings,
    warriors: opponents.toSpliced(slotOf(plan, simulation), 0, candidate),
    rounds: 1,
    placement: { kind: 'random', key: foldIn(key, simulation) },
    order: 'first',
  }));
}

function slotOf({ placement, opponents }: EvaluationPlan, simulation: number): number {
  return placement === 'fair' ? simulation % (opponents.length + 1) : 0;
}

/**
 * Fitness and behavior of a candidate: means over `plan.simulations` battles.
 *
 * Source: Digital Red Queen, arXiv 2601.03335 (fitness, total spawned processes, memory coverage).
 */
export async function evaluateWarrior(
  candidate: Warrior,
  plan: EvaluationPlan,
  key: Key,
  play: PlayBattles,
  signal?: AbortSignal,
): Promise<Evaluation> {
  const results = await play(planEvaluation(candidate, plan, key), signal ? { signal } : {});
  const average = (read: (result: BattleResult) => readonly number[]) =>
    mean(results.map((result, simulation) => read(result)[slotOf(plan, simulation)]!));
  return {
    fitness: average(({ survival }) => survival),
    spawned: average(({ spawned }) => spawned),
    coverage: average(({ coverage }) => coverage),
    ...describeWarrior(candidate),
  };
}

/** What a warrior is made of. */
function describeWarrior({ instructions }: Warrior): Pick<Evaluation, 'opcodes' | 'length'> {
  return {
    opcodes: new Set(instructions.map(({ opcode }) => opcode)).size,
    length: instructions.length,
  };
}
