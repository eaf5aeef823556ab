// An arms race in a folder: started, or resumed where it stopped.

import { existsSync, rmSync } from 'node:fs';
import { UserError } from '../core/index.ts';
import { ensureDirectory } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/index.ts';
import { takeLock } from '../files/lock.ts';
import { listFolder } from '../files/read-file.ts';
import { clearTemporaries, recoverTemporaries } from '../files/temporaries.ts';
import { watchForeignLock } from '../files/watch-lock.ts';
import { withRelativePlugins } from '../run/plugin-paths.ts';
import { collectProvenance } from '../run/provenance.ts';
import { removeIfEmpty } from '../run/run-folder.ts';
import { writeRunRecord } from '../run/run-record.ts';
import type { ModelBudget, MutatorRegistry } from './mutator.ts';
import { createMutator, MUTATORS } from './mutators.ts';
import { assembleSource, readSource } from './opponents.ts';
import { playAllRounds } from './play-rounds.ts';
import { coreSettings, type MutatorRecipe, type RedQueenRecipe } from './recipe.ts';
import type { RedQueenOptions } from './red-queen-events.ts';
import {
  isRedQueenFolder,
  isUnbegunFolder,
  lockedFiles,
  RED_QUEEN,
  readRedQueenRecipe,
  redQueenPaths,
  unlockedFiles,
} from './run-files.ts';
import type { RedQueenSummary } from './summary.ts';

/**
 * Starts an arms race in a new or empty folder, or in one where a start died before the run had a recipe.
 *
 * @throws UserError for a folder that holds anything else, opponents that do not assemble, a missing key
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
  refuseOccupied(directory);
  // A missing key is found before the folder is created.
  createMutator(options.mutators ?? MUTATORS, recipe.mutator, {
    settings: coreSettings(recipe),
    answers: null,
    meter: null,
    env: options.env ?? process.env,
    say: () => {},
  });
  const isNew = !existsSync(directory);
  ensureDirectory(directory);
  const begun = withRunLock(directory, (requireFolder) => {
    // Another process may have begun a run there before this one had the lock.
    refuseOccupied(directory);
    // Once the recipe is written, a run that dies can be resumed.
    try {
      writeJsonAtomic(paths.opponents, opponents);
      writeRunRecord(directory, RED_QUEEN);
      writeJsonAtomic(paths.recipe, withRelativePlugins(recipe, directory));
    } catch (error) {
      // Without a recipe these files are not a run, and without a lock they belong to nobody.
      if (!existsSync(paths.recipe)) {
        for (const file of [paths.opponents, paths.record]) rmSync(file, { force: true });
      }
      throw error;
    }
    writeJsonAtomic(paths.provenance, collectProvenance({ plugins: options.plugins }));
    return playAllRounds(recipe, paths, { ...options, requireFolder });
  });
  return begun.catch((error: unknown) => {
    if (isNew) removeIfEmpty(directory);
    throw error;
  });
}

function refuseOccupied(directory: string): void {
  if (!existsSync(directory) || listFolder(directory).length === 0) return;
  if (isUnbegunFolder(directory)) return;
  throw new UserError(`${directory} is not empty`, {
    hint: isRedQueenFolder(directory)
      ? `resume it: primordia drq resume ${directory}; or choose another folder`
      : 'choose an empty or new folder',
  });
}

/**
 * Resumes an arms race. Recorded candidates stay, and the rest is the same as without the stop.
 *
 * @param options `budget` replaces the recipe's, for a run that was stopped by it
 *
 * @throws UserError if there is none, or its files are damaged
 * @throws RedQueenStopped
 */
export async function resumeRedQueen(
  options: RedQueenOptions & { readonly budget?: ModelBudget },
): Promise<RedQueenSummary> {
  const { directory, budget, mutators = MUTATORS } = options;
  if (isUnbegunFolder(directory)) {
    throw new UserError(`the run in ${directory} was stopped before it began`, {
      hint: `nothing was done yet: start it again with the same command, --out ${directory}`,
    });
  }
  const recipe = readRedQueenRecipe(directory, mutators);
  const paths = redQueenPaths(directory);
  return withRunLock(directory, (requireFolder) => {
    const changed = budget ? changeBudget(recipe, budget, mutators) : recipe;
    // Earlier versions noted no kind.
    if (!existsSync(paths.record)) writeRunRecord(directory, RED_QUEEN);
    if (budget) writeJsonAtomic(paths.recipe, changed);
    if (!existsSync(paths.provenance)) {
      writeJsonAtomic(paths.provenance, collectProvenance({ plugins: options.plugins }));
    }
    return playAllRounds(changed, paths, { ...options, requireFolder });
  });
}

function changeBudget(
  recipe: RedQueenRecipe,
  budget: ModelBudget,
  mutators: MutatorRegistry,
): RedQueenRecipe {
  const { kind, ...options } = recipe.mutator;
  const { withBudget } = mutators[kind]!;
  if (!withBudget) {
    throw new UserError('the run does not use a language model, so it has no budget', {
      hint: 'leave --max-requests and --max-total-tokens out',
    });
  }
  return { ...recipe, mutator: { kind, ...withBudget(options, budget) } as MutatorRecipe };
}

async function withRunLock<T>(
  directory: string,
  body: (requireFolder: () => void) => Promise<T>,
): Promise<T> {
  const paths = redQueenPaths(directory);
  await watchForeignLock(paths.lock);
  const lock = takeLock(paths.lock);
  return lock.guard(async () => {
    const [locked, unlocked] = [lockedFiles(paths), unlockedFiles(paths)];
    clearTemporaries(directory, { owns: (name) => locked.includes(name) });
    recoverTemporaries(directory, { owns: (name) => unlocked.includes(name) });
    for (const folder of [paths.archives, paths.champions, paths.answers]) {
      if (existsSync(folder)) clearTemporaries(folder);
    }
    return body(lock.requireFolder);
  });
}
