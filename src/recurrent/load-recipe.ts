// From a name or file and `--set key=value` to a checked recipe of a recurrent network.

import { loadOverlay } from '../run/load-recipe.ts';
import { isRecurrentInput, parseRecurrentRecipe, type RecurrentRecipe } from './recipe.ts';

/**
 * Loads a recipe and applies settings to it.
 *
 * @returns null where the file holds a recipe of another kind
 * @throws UserError when there is none of that name, or it does not fit the schema
 */
export async function loadRecurrentRecipe(
  nameOrFile: string,
  settings: readonly string[] = [],
): Promise<RecurrentRecipe | null> {
  const overlay = await loadOverlay(nameOrFile, settings);
  return isRecurrentInput(overlay) ? parseRecurrentRecipe(overlay, nameOrFile) : null;
}
