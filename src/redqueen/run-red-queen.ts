// An arms race from beginning to end in a folder: rounds, champions, archives; and going on where it was stopped.

import { existsSync, readdirSync } from 'node:fs';
import { createBattlePool } from '../arena/index.ts';
import { foldIn, keyFromSeed, UserError } from '../core/index.ts';
import type { CoreSettings, Warrior } from '../corewar/index.ts';
import { ensureDirectory } from '../files/atomic.ts';
import { writeFileAtomic, writeJsonAtomic } from '../files/index.ts';
import { takeLock } from '../files/lock.ts';
import { recoverTemporaries } from '../files/temporaries.ts';
import { BudgetSpent } from '../llm/index.ts';
import { MetricsWriter } from '../run/metrics.ts';
import { collectProvenance } from '../run/provenance.ts';
import { type Archive, findChampion, listElites, makeLayout, measureArchive } from './archive.ts';
import { archiveRecord } from './archive-record.ts';
import type { Candidate } from './candidate.ts';
import type { PlayBattles } from './evaluate.ts';
import type { Mutator } from './mutator.ts';
import { assembleSource, readSource } from './opponents.ts';
import { coreSettings, type RedQueenRecipe } from './recipe.ts';
import { createRecipeMutator } from './recipe-mutator.ts';
import {
  isRedQueenFolder,
  type RedQueenPaths,
  readCandidates,
  readOpponents,
  readRedQueenRecipe,
  redQueenPaths,
  roundFile,
  toRow,
} from './run-files.ts';
import { countCandidates, type RoundPlan, runRound, type WarmUp } from './run-round.ts';
import { type RedQueenSummary, summarizeRun } from './summary.ts';
import { createUsageMeter } from './usage.ts';

export type RedQueenEvent =
  | {
      readonly kind: 'candidate';
      readonly round: number;
      readonly rounds: number;
      /** Of the round; the total is of the round, too, and is not reached where a threshold ends it. */
      readonly done: number;
      readonly total: number;
      readonly bestFitness: number | null;
      readonly niches: number;
      readonly candidatesPerSecond: number;
    }
  | {
      readonly kind: 'round';
      readonly round: number;
      readonly champion: string;
      readonly fitness: number;
      readonly coverage: number;
      readonly qdScore: number;
    }
  | { readonly kind: 'message'; readonly text: string };

export type RedQueenOptions = {
  readonly directory: string;
  /** Threads for battles; by default one a processor. The result does not depend on it. */
  readonly workers?: number;
  readonly listener?: (event: RedQueenEvent) => void;
  /** Stops the run after what is under way; it can be gone on with. */
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/** The run was stopped, by its signal or by a spent budget; its folder can be gone on with. */
export class RedQueenStopped extends Error {
  /** Whether a budget of requests or tokens was spent. */
  readonly budgetSpent: boolean;

  constructor(message: string, budgetSpent: boolean) {
    super(message);
    this.budgetSpent = budgetSpent;
  }
}

/**
 * Begins an arms race in a new or empty folder.
 *
 * @throws UserError for a folder that is not empty, opponents that do not assemble, a missing key
 * @throws RedQueenStopped
 */
export async function startRedQueen(
  recipe: RedQueenRecipe,
  options: RedQueenOptions,
): Promise<RedQueenSummary> {
  const { directory } = options;
  const paths = redQueenPaths(directory);
  const opponents = recipe.opponents.initial.map(readSource);
  for (const opponent of opponents) assembleSource(opponent, coreSettings(recipe));
  if (
    existsSync(directory) &&
    readdirSync(directory).some((name) => !name.startsWith('run.lock'))
  ) {
    throw new UserError(`${directory} is not empty`, {
      hint: isRedQueenFolder(directory)
        ? `go on with it: primordia drq resume ${directory}; or choose another folder`
        : 'choose an empty or new folder',
    });
  }
  // A key that is missing is found before there is a folder.
  createRecipeMutator(recipe, {
    settings: coreSettings(recipe),
    ...{ answers: null, meter: null, env: options.env ?? process.env, say: () => {} },
  });
  ensureDirectory(directory);
  return withRunLock(directory, () => {
    writeJsonAtomic(paths.opponents, opponents);
    writeJsonAtomic(paths.provenance, collectProvenance());
    writeJsonAtomic(paths.recipe, recipe);
    return runAll(recipe, paths, options);
  });
}

/**
 * Goes on with an arms race. What is recorded stays, and the rest is what it would have been.
 *
 * @param options `budget` replaces the recipe's, for a run that was stopped by it
 *
 * @throws UserError where there is none, or its files are damaged
 * @throws RedQueenStopped
 */
export async function resumeRedQueen(
  options: RedQueenOptions & { readonly budget?: RequestBudget },
): Promise<RedQueenSummary> {
  const { directory, budget } = options;
  const recipe = readRedQueenRecipe(directory);
  const paths = redQueenPaths(directory);
  return withRunLock(directory, () => {
    const changed = budget ? changeBudget(recipe, budget) : recipe;
    if (budget) writeJsonAtomic(paths.recipe, changed);
    return runAll(changed, paths, options);
  });
}

/** Requests that a run may send in all, those before included. */
export type RequestBudget = { readonly maxRequests: number };

function changeBudget(recipe: RedQueenRecipe, { maxRequests }: RequestBudget): RedQueenRecipe {
  const { mutator } = recipe;
  switch (mutator.kind) {
    case 'llm':
      return { ...recipe, mutator: { ...mutator, maxRequests } };
    case 'mix':
      return { ...recipe, mutator: { ...mutator, llm: { ...mutator.llm, maxRequests } } };
    case 'genetic':
      throw new UserError('the run asks no language model: there is no budget of requests', {
        hint: 'leave --max-requests out',
      });
  }
}

async function withRunLock<T>(directory: string, body: () => Promise<T>): Promise<T> {
  const lock = takeLock(`${directory}/run.lock`);
  try {
    const { archives, champions, answers } = redQueenPaths(directory);
    for (const folder of [directory, archives, champions, answers]) recoverTemporaries(folder);
    return await body();
  } finally {
    lock.release();
  }
}

type Race = {
  readonly recipe: RedQueenRecipe;
  readonly settings: CoreSettings;
  readonly paths: RedQueenPaths;
  readonly mutator: Mutator;
  readonly play: PlayBattles;
  readonly options: RedQueenOptions;
  readonly save: (candidate: Candidate) => void;
};

async function runAll(
  recipe: RedQueenRecipe,
  paths: RedQueenPaths,
  options: RedQueenOptions,
): Promise<RedQueenSummary> {
  const { directory, listener = () => {}, signal } = options;
  const settings = coreSettings(recipe);
  const say = (text: string) => listener({ kind: 'message', text });
  const meter = createUsageMeter(paths.usage, paths.answers);
  const mutator = createRecipeMutator(recipe, {
    ...{ settings, answers: paths.answers, meter, env: options.env ?? process.env, say },
  });
  const log = new MetricsWriter(paths.candidates);
  const pool = createBattlePool(options.workers ? { workers: options.workers } : {});
  try {
    const recorded = readCandidates(directory);
    const save = (candidate: Candidate) => {
      log.write(toRow(candidate));
      // Waiting for the disk at every candidate would cost more than most battles.
      if (candidate.mutator === 'llm') meter.save();
    };
    const play: PlayBattles = (jobs, how = {}) => pool.run(jobs, how);
    const race = { recipe, settings, paths, mutator, play, options, save };
    const champions: WarmUp[] = readOpponents(directory).map((opponent) => ({
      ...opponent,
      warrior: assembleSource(opponent, settings),
      champion: 0,
    }));
    for (let round = 1; round <= recipe.rounds; round++) {
      const archive = await playRound(race, round, champions, recorded[round - 1] ?? []);
      log.flush();
      const champion = findChampion(archive);
      if (!champion) say(`round ${round}: no candidate was legal; the champion before goes on`);
      const source = champion?.source ?? champions.at(-1)!.source;
      const warrior = champion?.warrior ?? champions.at(-1)!.warrior;
      writeRound(paths, round, archive, source);
      meter.save();
      champions.push({ name: `champion ${round}`, source, warrior, champion: round });
    }
    const summary = summarizeRun(directory);
    writeJsonAtomic(paths.summary, summary);
    return summary;
  } catch (error) {
    meter.save();
    log.flush();
    const spent = error instanceof BudgetSpent;
    if (!spent && !signal?.aborted) throw error;
    writeJsonAtomic(paths.summary, summarizeRun(directory));
    throw new RedQueenStopped(spent ? error.message : 'stopped', spent);
  } finally {
    log.close();
    await pool.close();
  }
}

async function playRound(
  race: Race,
  round: number,
  champions: readonly WarmUp[],
  recorded: readonly Candidate[],
): Promise<Archive> {
  const { recipe, settings, mutator, play, options, save } = race;
  const plan = planRound(recipe, round, champions);
  const assembleRecorded = (source: string): Warrior =>
    assembleSource({ name: `a candidate of round ${round}`, source }, settings);
  const began = performance.now();
  const total = countCandidates(plan);
  const archive = await runRound(plan, recorded, {
    ...{ mutator, play, signal: options.signal, assemble: assembleRecorded },
    record: (candidate, current) => {
      save(candidate);
      const done = candidate.index + 1;
      const seconds = (performance.now() - began) / 1000;
      const best = findChampion(current)?.evaluation.fitness ?? null;
      options.listener?.({
        ...{ kind: 'candidate', round, rounds: recipe.rounds, done, total, bestFitness: best },
        niches: listElites(current).length,
        candidatesPerSecond: (done - recorded.length) / seconds,
      });
    },
  });
  const { coverage, qdScore } = measureArchive(archive);
  const champion = findChampion(archive);
  if (champion) {
    const { fitness } = champion.evaluation;
    const name = champion.warrior.name;
    options.listener?.({ kind: 'round', round, champion: name, fitness, coverage, qdScore });
  }
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
    iterations: recipe.iterations,
    newShare: recipe.newShare,
    fitnessThreshold: recipe.fitnessThreshold,
    inFlight: recipe.inFlight,
  };
}

function writeRound(paths: RedQueenPaths, round: number, archive: Archive, source: string): void {
  ensureDirectory(paths.archives);
  ensureDirectory(paths.champions);
  writeJsonAtomic(roundFile(paths.archives, round, 'json'), archiveRecord(archive));
  writeFileAtomic(
    roundFile(paths.champions, round, 'red'),
    source.endsWith('\n') ? source : `${source}\n`,
  );
}
