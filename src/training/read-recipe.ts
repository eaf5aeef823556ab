// The resolved recipe of a run folder.

import { existsSync } from 'node:fs';
import { UserError } from '../core/index.ts';
import { readJsonFile } from '../files/json.ts';
import type { RunPaths } from '../run/run-folder.ts';
import { requireKind } from '../run/run-record.ts';
import { parseRecipe, type Recipe } from './recipe.ts';
import type { Registries } from './registries.ts';
import { TRAINING } from './training-folder.ts';

/** @throws UserError if the folder holds no training run, or its recipe does not fit the schema */
export function readRecipe(paths: RunPaths, registries: Registries): Recipe {
  requireKind(paths.directory, TRAINING);
  if (!existsSync(paths.recipe)) {
    throw new UserError(`${paths.directory} is not a run folder: it has no recipe.json`);
  }
  return parseRecipe(readJsonFile(paths.recipe), paths.recipe, registries);
}
