// The models in the folder of a run: what its stages left, and their checkpoints.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/index.ts';
import { findWholeCheckpoint, verifyModelFiles } from '../run/checkpoint.ts';
import { runPaths } from '../run/run-folder.ts';
import { readRecipe } from './read-recipe.ts';
import type { Recipe } from './recipe.ts';
import type { Registries } from './registries.ts';
import { artifactsPath, checkpointFolder } from './training-folder.ts';

/** A stage of a run that has a model: the one that it left, or its newest checkpoint. */
export type StageModel = {
  readonly recipe: Recipe;
  readonly stage: string;
  /** Folder of a model or, if `isModel` is false, of a learner that contains one. */
  readonly folder: string;
  /** Folder of the finished stage's artifacts; null for a checkpoint. */
  readonly artifacts: string | null;
  readonly isModel: boolean;
};

type FindOptions = {
  /** Is told of damaged checkpoints that were skipped. */
  readonly warn?: (text: string) => void;
  /** Acceptable stages; by default all. */
  readonly stages?: readonly string[];
};

/**
 * The newest model of a run, every byte verified; null if it has none yet.
 *
 * @throws UserError if what its last stage that has any has left, or all of its checkpoints, are damaged
 */
export function findStageModel(
  directory: string,
  registries: Registries,
  { warn = () => {}, stages }: FindOptions = {},
): StageModel | null {
  const paths = runPaths(directory);
  const recipe = readRecipe(paths, registries);
  for (const stage of stages ?? Object.keys(recipe.stages).reverse()) {
    const artifacts = artifactsPath(directory, stage);
    if (existsSync(artifacts)) {
      const folder = path.join(artifacts, 'model');
      verifyModelFiles(folder, ['config.json', 'model.safetensors', 'tokenizer.json']);
      return { recipe, stage, folder, artifacts, isModel: true };
    }
    const checkpoint = findWholeCheckpoint(checkpointFolder(paths, stage), warn);
    if (!checkpoint) continue;
    const isModel = existsSync(path.join(checkpoint.path, 'model.safetensors'));
    return { recipe, stage, folder: checkpoint.path, artifacts: null, isModel };
  }
  return null;
}

/** @throws UserError also where the run has no model yet */
export function requireStageModel(
  directory: string,
  registries: Registries,
  options: FindOptions = {},
): StageModel {
  const found = findStageModel(directory, registries, options);
  if (found) return found;
  throw new UserError(`${directory} has no model yet`, {
    hint: `let it train: primordia resume ${directory}`,
  });
}
