// Blocks of rounds: each candidate of a block fights the same opponents from the same places, so that differences between
// candidates are not those of luck with places.

import { foldIn, type Key, UserError } from '../../core/index.ts';
import type { BattleJob, CoreSettings, Warrior } from '../../corewar/index.ts';
import type { BattlePool } from '../battle-pool.ts';
import { toPairResult } from '../hill.ts';
import type { TuneResults } from './tune-file.ts';

export type Opponent = { readonly id: string; readonly warrior: Warrior };

/** A candidate, by its name. */
export type Entry = { readonly name: string; readonly warrior: Warrior };

export type Block = {
  readonly name: string;
  readonly opponents: readonly Opponent[];
  /** Per opponent. Every block begins with fresh P-space. */
  readonly rounds: number;
};

/**
 * Rounds of a block per opponent, at most: a battle cannot be interrupted, and its results come at its end. Some seconds
 * in a core of 8000.
 */
export const BLOCK_ROUNDS = 1000;

export type Playing = {
  readonly settings: CoreSettings;
  readonly key: Key;
  readonly pool: BattlePool;
  /** Has the results of earlier runs, and is given the new ones. */
  readonly results: TuneResults;
  /** Called now and then, at the end, and when the signal fires. */
  readonly save: () => void;
  readonly signal?: AbortSignal | undefined;
  /** Rounds that have been played, or were in the results, which took no time. */
  readonly onRounds?: ((rounds: number, how: 'played' | 'kept') => void) | undefined;
};

/** Work of so many milliseconds may be lost when the process dies. */
const SAVE_EVERY_MS = 10_000;

/**
 * Plays what is missing of every entry in every block.
 *
 * @throws UserError if stored results do not fit; the signal's reason, after saving; what a battle throws
 */
export async function playBlocks(
  blocks: readonly Block[],
  entries: readonly Entry[],
  playing: Playing,
): Promise<void> {
  const { pool, save, signal, onRounds } = playing;
  const missing: { row: number[]; at: number; job: BattleJob }[] = [];
  for (const block of blocks) {
    for (const entry of entries) {
      const row = openRow(block, entry, playing.results);
      block.opponents.forEach((opponent, i) => {
        if (row[2 * i] !== -1) onRounds?.(block.rounds, 'kept');
        else missing.push({ row, at: 2 * i, job: makeJob(block, entry, opponent, playing) });
      });
    }
  }
  let saved = performance.now();
  let isSaved = missing.length === 0;
  try {
    await pool.run(
      missing.map(({ job }) => job),
      {
        signal,
        onResults: (first, played) => {
          played.forEach((result, i) => {
            const { row, at } = missing[first + i]!;
            const [wins, , ties] = toPairResult(result);
            row[at] = wins;
            row[at + 1] = ties;
            onRounds?.(result.rounds, 'played');
          });
          isSaved = false;
          if (performance.now() - saved < SAVE_EVERY_MS) return;
          save();
          saved = performance.now();
          isSaved = true;
        },
      },
    );
  } finally {
    if (!isSaved) save();
  }
}

/** Points per round and opponent of a block that was played: 3 for a win, 1 for a tie. */
export function blockPoints(
  { name, rounds }: Block,
  entry: string,
  results: TuneResults,
): number[] {
  const row = results.get(name)!.get(entry)!;
  return Array.from(
    { length: row.length / 2 },
    (_, i) => (3 * row[2 * i]! + row[2 * i + 1]!) / rounds,
  );
}

/**
 * The score over blocks as hills count it, 3 × wins + ties in percent of all rounds. Blocks of few opponents weigh by
 * their rounds.
 */
export function scoreOf(blocks: readonly Block[], entry: string, results: TuneResults): number {
  let [points, rounds] = [0, 0];
  for (const block of blocks) {
    for (const value of blockPoints(block, entry, results)) points += value * block.rounds;
    rounds += block.rounds * block.opponents.length;
  }
  return (100 * points) / rounds;
}

function openRow({ name, opponents, rounds }: Block, entry: Entry, results: TuneResults): number[] {
  const rows = results.get(name) ?? new Map<string, number[]>();
  results.set(name, rows);
  const row = rows.get(entry.name) ?? new Array<number>(2 * opponents.length).fill(-1);
  rows.set(entry.name, row);
  const isWhole = row.length === 2 * opponents.length;
  const fits =
    isWhole && opponents.every((_, i) => isPossible(row[2 * i]!, row[2 * i + 1]!, rounds));
  if (fits) return row;
  throw new UserError(`the stored results are damaged: ${name}, candidate ${entry.name}`, {
    hint: 'restore the file from a copy, or start a new search with another --out',
  });
}

function isPossible(wins: number, ties: number, rounds: number): boolean {
  if (wins === -1 || ties === -1) return wins === ties;
  return wins + ties <= rounds;
}

function makeJob(
  block: Block,
  { warrior }: Entry,
  opponent: Opponent,
  { settings, key }: Playing,
): BattleJob {
  return {
    settings,
    rounds: block.rounds,
    order: 'rotate',
    warriors: [warrior, opponent.warrior],
    placement: { kind: 'random', key: foldIn(foldIn(key, block.name), opponent.id) },
  };
}
