// Checks, before a study trains anything, whether each of its runs could start.

import { inContext } from '../core/index.ts';
import { isOverlay, type Overlay } from '../run/load-recipe.ts';
import type { StudyRun } from './list-runs.ts';
import { describeRecipe, type StagedRecipe } from './split-recipe.ts';
import { preparedFolder, type StagedExperiment } from './study-folder.ts';

/**
 * Tries the whole recipe of each run; recipes that differ only in seed and learning rate are tried once. Writes nothing.
 *
 * @throws UserError naming the first cell that cannot start
 */
export async function tryRuns(
  runs: readonly StudyRun[],
  experiment: Pick<StagedExperiment, 'attempt'>,
  directory: string,
): Promise<void> {
  const tried = new Set<string>();
  for (const { cell, recipe } of runs) {
    const trial = describeTrial(recipe);
    if (tried.has(trial)) continue;
    tried.add(trial);
    try {
      await experiment.attempt(recipe, { sharedData: preparedFolder(directory) });
    } catch (error) {
      throw inContext(cell.name, error);
    }
  }
}

function describeTrial(recipe: StagedRecipe): string {
  const stages = Object.entries(recipe.stages ?? {}).map(([name, stage]) => [
    name,
    { ...stage, optimizer: withoutRate(stage.optimizer) },
  ]);
  return describeRecipe({ ...recipe, seed: 0, stages: Object.fromEntries(stages) });
}

function withoutRate(optimizer: unknown): unknown {
  if (!isOverlay(optimizer)) return optimizer;
  const { learningRate: _, ...rest } = optimizer satisfies Overlay;
  return rest;
}
