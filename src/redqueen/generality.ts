// Duels of a warrior against warriors that evolution never saw.

import { foldIn, type Key, keyFromSeed } from '../core/index.ts';
import type { BattleJob, BattleResult, CoreSettings, Warrior } from '../corewar/index.ts';
import type { PlayBattles } from './evaluate.ts';

export type Outcome = 'defeated' | 'tied' | 'lost';

export type Duel = {
  readonly opponent: string;
  /** Mean survival scores, of the warrior and of its opponent: 1 each for a tie throughout, 2 for all of it. */
  readonly score: number;
  readonly opponentScore: number;
  readonly outcome: Outcome;
};

export type Generality = {
  readonly duels: readonly Duel[];
  /** Shares of the opponents. */
  readonly defeated: number;
  readonly tied: number;
  /** Defeated or tied, the paper's generality. */
  readonly generality: number;
};

export type GeneralityPlan = {
  readonly settings: CoreSettings;
  readonly opponents: readonly { readonly name: string; readonly warrior: Warrior }[];
  /** Rounds per duel; starters alternate. */
  readonly rounds: number;
  /** Random seed of the placements, which are the same for every measured warrior. */
  readonly seed: number;
};

function planDuels(warrior: Warrior, { settings, opponents, rounds, seed }: GeneralityPlan) {
  const key: Key = foldIn(keyFromSeed(seed), 'generality');
  return opponents.map(
    (opponent, i): BattleJob => ({
      settings,
      rounds,
      order: 'rotate',
      warriors: [warrior, opponent.warrior],
      placement: { kind: 'random', key: foldIn(key, i) },
    }),
  );
}

/**
 * Duels of each warrior with every opponent: it defeats those than which it scores higher, and ties with those it equals.
 *
 * Source: Digital Red Queen, arXiv 2601.03335 (generality).
 */
export async function measureGenerality(
  warriors: readonly Warrior[],
  plan: GeneralityPlan,
  play: PlayBattles,
  signal?: AbortSignal,
): Promise<Generality[]> {
  const jobs = warriors.flatMap((warrior) => planDuels(warrior, plan));
  const results = await play(jobs, signal ? { signal } : {});
  const count = plan.opponents.length;
  return warriors.map((_, i) =>
    summarizeDuels(plan.opponents.map(({ name }, j) => readDuel(name, results[i * count + j]!))),
  );
}

function readDuel(opponent: string, { survival }: BattleResult): Duel {
  const [score, opponentScore] = survival as readonly [number, number];
  const outcome = score > opponentScore ? 'defeated' : score === opponentScore ? 'tied' : 'lost';
  return { opponent, score, opponentScore, outcome };
}

function summarizeDuels(duels: readonly Duel[]): Generality {
  const share = (outcome: Outcome) =>
    duels.filter((duel) => duel.outcome === outcome).length / duels.length;
  const [defeated, tied] = [share('defeated'), share('tied')];
  return { duels, defeated, tied, generality: defeated + tied };
}

/**
 * Every warrior against every other: `matrix[i][j]` is what i does to j, null on the diagonal. The placements are those of
 * one key, so that the matrix is antisymmetric by construction: each pair is fought once.
 */
export async function playTournament(
  warriors: readonly Warrior[],
  options: Pick<GeneralityPlan, 'settings' | 'rounds' | 'seed'>,
  play: PlayBattles,
  signal?: AbortSignal,
): Promise<(Outcome | null)[][]> {
  const key = foldIn(keyFromSeed(options.seed), 'tournament');
  const pairs = warriors.flatMap((_, i) =>
    Array.from({ length: warriors.length - i - 1 }, (_, j) => [i, i + j + 1] as const),
  );
  const jobs = pairs.map(
    ([i, j], n): BattleJob => ({
      settings: options.settings,
      rounds: options.rounds,
      order: 'rotate',
      warriors: [warriors[i]!, warriors[j]!],
      placement: { kind: 'random', key: foldIn(key, n) },
    }),
  );
  const results = await play(jobs, signal ? { signal } : {});
  const matrix = warriors.map(() => warriors.map((): Outcome | null => null));
  for (const [n, [i, j]] of pairs.entries()) {
    const { outcome } = readDuel('', results[n]!);
    matrix[i]![j] = outcome;
    matrix[j]![i] = outcome === 'defeated' ? 'lost' : outcome === 'lost' ? 'defeated' : 'tied';
  }
  return matrix;
}

/** Triples in which a defeats b, b defeats c and c defeats a, each counted once. */
export function countCycles(matrix: readonly (readonly (Outcome | null)[])[]): number {
  const beats = (i: number, j: number) => matrix[i]![j] === 'defeated';
  let cycles = 0;
  for (let i = 0; i < matrix.length; i++) {
    for (let j = i + 1; j < matrix.length; j++) {
      for (let k = j + 1; k < matrix.length; k++) {
        if (beats(i, j) && beats(j, k) && beats(k, i)) cycles++;
        if (beats(j, i) && beats(k, j) && beats(i, k)) cycles++;
      }
    }
  }
  return cycles;
}
