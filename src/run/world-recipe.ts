// The worlds that a recipe may name, each kind with its options, and how one is made of them.

import { type KindOutput, registrySchema } from '../core/registry.ts';
import { datasetOptions } from '../training/data/dataset-options.ts';
import { createDatasetWorld, datasetRecordPath } from '../training/data/dataset-source.ts';
import { createTokenFilesWorld } from '../training/data/token-files-source.ts';
import { type AnyWorld, createWorldOf, SOURCES } from '../worlds/index.ts';

const KINDS = { ...SOURCES, dataset: { options: datasetOptions } };

export const worldSchema = registrySchema(KINDS);

type WorldRecipe = KindOutput<typeof KINDS>;

/**
 * The world that a recipe describes, with sequences of a given length.
 *
 * @param directory the folder of the run, where there is one: it describes the data set that the run began with
 * @throws UserError where options do not go together
 */
export function createWorld(
  recipe: WorldRecipe,
  sequenceLength: number,
  directory?: string,
): AnyWorld {
  if (recipe.kind === 'dataset') {
    if (recipe.path === undefined) return createTokenFilesWorld(recipe, sequenceLength);
    const record = directory === undefined ? undefined : datasetRecordPath(directory);
    return createDatasetWorld(recipe.path, sequenceLength, record);
  }
  const { kind, ...options } = recipe;
  return createWorldOf(SOURCES, kind, options, { sequenceLength });
}
