// Measures the champions of a run against held-out warriors and against one another, and keeps the result with the run.

import { existsSync } from 'node:fs';
import { UserError } from '../core/index.ts';
import type { Warrior } from '../corewar/index.ts';
import { readRegularText, writeJsonAtomic } from '../files/index.ts';
import { recoverTemporaries } from '../files/temporaries.ts';
import type { PlayBattles } from './evaluate.ts';
import { countCycles, measureGenerality, playTournament } from './generality.ts';
import type { GeneralityRecord } from './generality-file.ts';
import { assembleSource, MAX_SOURCE_BYTES } from './opponents.ts';
import { coreSettings } from './recipe.ts';
import { readRedQueenRecipe, redQueenPaths, roundFile, unlockedFiles } from './run-files.ts';
import { summarizeRun } from './summary.ts';

type MeasureOptions = {
  readonly directory: string;
  /** Warriors that evolution never saw. */
  readonly opponents: readonly { readonly name: string; readonly warrior: Warrior }[];
  /** Rounds per duel. */
  readonly rounds: number;
  readonly seed: number;
  readonly play: PlayBattles;
  /** Told before the duels of each kind. */
  readonly onPhase?: (duels: 'with held-out warriors' | 'among champions') => void;
  readonly signal?: AbortSignal | undefined;
};

/** Champions of the rounds that ended, from round 1 on. */
export function readChampions(directory: string): { round: number; warrior: Warrior }[] {
  const recipe = readRedQueenRecipe(directory);
  const { champions } = redQueenPaths(directory);
  const found: { round: number; warrior: Warrior }[] = [];
  for (let round = 1; round <= recipe.rounds; round++) {
    const file = roundFile(champions, round, 'red');
    if (!existsSync(file)) break;
    const source = readRegularText(file, { maxBytes: MAX_SOURCE_BYTES });
    found.push({ round, warrior: assembleSource({ name: file, source }, coreSettings(recipe)) });
  }
  return found;
}

/**
 * Plays every champion against every opponent and every other champion; writes `generality.json`, and `summary.json` again.
 *
 * @throws UserError if the run has no champion yet
 */
export async function measureRun(options: MeasureOptions): Promise<GeneralityRecord> {
  const { directory, opponents, rounds, seed, play, onPhase = () => {}, signal } = options;
  const settings = coreSettings(readRedQueenRecipe(directory));
  const unlocked = unlockedFiles(redQueenPaths(directory));
  recoverTemporaries(directory, { owns: (name) => unlocked.includes(name) });
  const champions = readChampions(directory);
  if (champions.length === 0) {
    throw new UserError(`${directory} has no champion yet`, {
      hint: `resume it first: primordia drq resume ${directory}`,
    });
  }
  const warriors = champions.map(({ warrior }) => warrior);
  onPhase('with held-out warriors');
  const measured = await measureGenerality(
    warriors,
    { settings, opponents, rounds, seed },
    play,
    signal,
  );
  onPhase('among champions');
  const tournament = await playTournament(warriors, { settings, rounds, seed }, play, signal);
  const record: GeneralityRecord = {
    opponents: opponents.map(({ name }) => name),
    rounds,
    seed,
    champions: champions.map(({ round, warrior }, i) => {
      const { generality, defeated, tied, duels } = measured[i]!;
      return {
        round,
        name: warrior.name,
        generality,
        defeated,
        tied,
        outcomes: duels.map(({ outcome }) => outcome),
        scores: duels.map(({ score }) => score),
      };
    }),
    tournament,
    cycles: countCycles(tournament),
  };
  const paths = redQueenPaths(directory);
  writeJsonAtomic(paths.generality, record);
  writeJsonAtomic(paths.summary, summarizeRun(directory));
  return record;
}
