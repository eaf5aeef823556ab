// From a name, a file and `--set key=value` to a checked recipe of a training run.

import { loadOverlay, requireRecipeKind } from '../run/load-recipe.ts';
import { parseRecipe, type Recipe } from './recipe.ts';
import type { Registries } from './registries.ts';

/**
 * @param nameOrFile name of a shipped recipe, or a `.json` or `.js` file (which exports the recipe as default)
 * @param settings `key.path=value` each; the value is read as JSON where it is JSON, else as text
 * @throws UserError if there is no such recipe, it is of another kind, or does not fit the schema
 */
export async function loadTraining(
  nameOrFile: string,
  settings: readonly string[],
  registries: Registries,
): Promise<Recipe> {
  const value = await loadOverlay(nameOrFile, settings);
  requireRecipeKind(value, nameOrFile, 'training');
  const { kind: _, ...overlay } = value;
  return parseRecipe(overlay, nameOrFile, registries);
}
