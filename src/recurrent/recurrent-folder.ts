// Where a recurrent run keeps what it found.

import path from 'node:path';
import { readJsonFile } from '../files/json.ts';
import { type RunPaths, runPaths } from '../run/run-folder.ts';
import type { RecurrentStage } from './recipe.ts';
import { isRecurrentInput, parseRecurrentRecipe, type RecurrentRecipe } from './recipe.ts';

/** Folder of a stage's checkpoints. */
export function stageDirectory(paths: RunPaths, stage: RecurrentStage): string {
  return path.join(paths.checkpoints, stage);
}

/** What counting alone gives (`NgramBaselines`). */
export function baselinesPath(directory: string): string {
  return path.join(directory, 'baselines.json');
}

/** The finished network on its own (`RolloutMeasures`). */
export function rolloutPath(directory: string): string {
  return path.join(directory, 'rollout.json');
}

/** What the finished network wrote (`RecurrentSample`). */
export function samplePath(directory: string): string {
  return path.join(runPaths(directory).samples, 'final.json');
}

/** Whether a folder holds a run of a recurrent network. */
export function isRecurrentFolder(directory: string): boolean {
  try {
    return isRecurrentInput(readJsonFile(runPaths(directory).recipe));
  } catch {
    return false;
  }
}

/** The resolved recipe of a run folder. Throws UserError where there is none, or it is damaged. */
export function readRecurrentRecipe(directory: string): RecurrentRecipe {
  const file = runPaths(directory).recipe;
  return parseRecurrentRecipe(readJsonFile(file), file);
}
