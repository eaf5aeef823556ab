// The rounds of an arms race, from where its log leaves them: candidates, champions, archives.

import { createBattlePool } from '../arena/index.ts';
import { foldIn, isAbortReason, keyFromSeed, UserError } from '../core/index.ts';
import type { CoreSettings, Warrior } from '../corewar/index.ts';
import { ensureDirectory } from '../files/atomic.ts';
import { writeFileAtomic, writeJsonAtomic } from '../files/index.ts';
import { BudgetSpent } from '../llm/index.ts';
import { MetricsWriter } from '../run/metrics.ts';
import { type Archive, findChampion, listElites, makeLayout } from './archive.ts';
import { archiveRecord } from './archive-record.ts';
import type { Candidate } from './candidate.ts';
import { championSource } from './champion-source.ts';
import type { PlayBattles } from './evaluate.ts';
import type { Mutator } from './mutator.ts';
import { createMutator, MUTATORS } from './mutators.ts';
import { assembleSource } from './opponents.ts';
import { coreSettings, countRoundCandidates, type RedQueenRecipe } from './recipe.ts';
import { type RedQueenOptions, RedQueenStopped } from './red-queen-events.ts';
import {
  type RedQueenPaths,
  readCandidates,
  readOpponents,
  roundFile,
  toRow,
} from './run-files.ts';
import { type RoundPlan, replayRound, runRound, type WarmUp } from './run-round.ts';
import { type RedQueenSummary, summarizeRound, summarizeRun } from './summary.ts';
import { createUsageMeter } from './usage.ts';

type Race = {
  readonly recipe: RedQueenRecipe;
  readonly settings: CoreSettings;
  readonly paths: RedQueenPaths;
  readonly mutator: Mutator;
  readonly play: PlayBattles;
  readonly options: RedQueenOptions;
  readonly save: (candidate: Candidate) => void;
};

/**
 * Plays what is left of all rounds. The folder's lock is held, its recipe and opponents are written.
 *
 * @param options `requireFolder` throws where the folder was moved or removed; asked before anything is written
 *
 * @throws RedQueenStopped by the signal or a spent budget; UserError where files are damaged
 */
export async function playAllRounds(
  recipe: RedQueenRecipe,
  paths: RedQueenPaths,
  options: RedQueenOptions & { readonly requireFolder: () => void },
): Promise<RedQueenSummary> {
  const { directory, listener = () => {}, signal, requireFolder } = options;
  const settings = coreSettings(recipe);
  const say = (text: string) => listener({ kind: 'message', text });
  const meter = createUsageMeter(paths.usage, paths.answers, requireFolder);
  const mutator = createMutator(options.mutators ?? MUTATORS, recipe.mutator, {
    settings,
    answers: paths.answers,
    meter,
    env: options.env ?? process.env,
    say,
  });
  const log = new MetricsWriter(paths.candidates);
  const pool = createBattlePool(options.workers ? { workers: options.workers } : {});
  try {
    const recorded = readCandidates(directory);
    const save = (candidate: Candidate) => {
      requireFolder();
      log.write(toRow(candidate));
    };
    const play: PlayBattles = (jobs, how = {}) => pool.run(jobs, how);
    const race = { recipe, settings, paths, mutator, play, options, save };
    const champions: WarmUp[] = readOpponents(directory).map((opponent) => ({
      ...opponent,
      warrior: assembleSource(opponent, settings),
      champion: 0,
    }));
    for (let round = 1; round <= recipe.rounds; round++) {
      const archive = await playRound(race, round, champions, recorded);
      log.flush();
      const best = findChampion(archive) ?? champions.at(-1)!;
      requireFolder();
      writeRound(paths, round, archive, championSource(best, settings));
      meter.save();
      const { source, warrior } = best;
      champions.push({ name: `champion ${round}`, source, warrior, champion: round });
    }
    const summary = summarizeRun(directory);
    writeJsonAtomic(paths.summary, summary);
    return summary;
  } catch (error) {
    requireFolder();
    meter.save();
    log.flush();
    const spent = error instanceof BudgetSpent ? error : null;
    if (!spent && !isAbortReason(error, signal)) throw error;
    writeJsonAtomic(paths.summary, summarizeRun(directory));
    throw new RedQueenStopped(spent?.message ?? 'stopped', spent?.limit ?? null);
  } finally {
    log.close();
    await pool.close();
  }
}

async function playRound(
  race: Race,
  round: number,
  champions: readonly WarmUp[],
  recorded: readonly (readonly Candidate[])[],
): Promise<Archive> {
  const { recipe, settings, mutator, play, options, save } = race;
  const { listener = () => {} } = options;
  const { rounds } = recipe;
  const own = [...(recorded[round - 1] ?? [])];
  const kept = own.length;
  const assemble = (source: string): Warrior =>
    assembleSource({ name: `a candidate of round ${round}`, source }, settings);
  const began = performance.now();
  const plan = planRound(recipe, round, champions);
  const { total } = plan;
  const goOn = () =>
    runRound(plan, recorded[round - 1] ?? [], {
      mutator,
      play,
      signal: options.signal,
      assemble,
      record: (candidate, current) => {
        save(candidate);
        own.push(candidate);
        const done = candidate.index + 1;
        const seconds = (performance.now() - began) / 1000;
        const bestFitness = findChampion(current)?.evaluation.fitness ?? null;
        listener({
          kind: 'candidate',
          round,
          rounds,
          done,
          total,
          bestFitness,
          niches: listElites(current).length,
          candidatesPerSecond: (done - kept) / seconds,
        });
      },
    });
  // Nothing can be added to a round that is followed by another in the log.
  const isOver = recorded[round] !== undefined;
  if (isOver && kept < total && recipe.fitnessThreshold === null) {
    throw new UserError(
      `${race.paths.candidates}: round ${round} has ${kept} of ${total} candidates, and round ${round + 1} follows`,
      { hint: 'restore the file; the lines before the end of that round are intact' },
    );
  }
  const archive = isOver ? replayRound(plan.layout, own, assemble) : await goOn();
  listener({ kind: 'round', rounds, ...summarizeRound(own, recipe, true) });
  return archive;
}

/** The plan of a round: a function of the recipe and of the champions before. */
export function planRound(
  recipe: RedQueenRecipe,
  round: number,
  champions: readonly WarmUp[],
): RoundPlan {
  const { opponents, warmUp, archive } = recipe;
  const initial = champions.slice(0, opponents.initial.length);
  const chosen =
    opponents.target === 'static'
      ? initial
      : champions.slice(-(opponents.last ?? champions.length));
  const warmUps = champions.filter(({ champion }) =>
    champion === 0 ? warmUp.initial : warmUp.champions,
  );
  return {
    round,
    key: foldIn(foldIn(keyFromSeed(recipe.seed), 'red queen'), round),
    layout: makeLayout(archive),
    evaluation: {
      settings: coreSettings(recipe),
      opponents: chosen.map(({ warrior }) => warrior),
      simulations: recipe.simulations,
      placement: recipe.placement,
    },
    warmUps,
    newAtStart: recipe.newAtStart,
    total: countRoundCandidates(recipe, round),
    newShare: recipe.newShare,
    fitnessThreshold: recipe.fitnessThreshold,
    inFlight: recipe.inFlight,
  };
}

function writeRound(paths: RedQueenPaths, round: number, archive: Archive, source: string): void {
  ensureDirectory(paths.archives);
  ensureDirectory(paths.champions);
  writeJsonAtomic(roundFile(paths.archives, round, 'json'), archiveRecord(archive));
  writeFileAtomic(roundFile(paths.champions, round, 'red'), source);
}
