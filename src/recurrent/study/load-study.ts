// From a name or file and `--set key=value` to a checked study of recurrent networks.

import { findRecipe, loadOverlay, type Overlay, resolveExtends } from '../../run/load-recipe.ts';
import { isRecurrentStudyInput, parseRecurrentStudy, type RecurrentStudy } from './study-recipe.ts';

/**
 * Loads a study. Its base may build on a recipe with `extends`.
 *
 * @returns null where the file holds something else
 * @throws UserError when there is none of that name, or it does not fit the schema
 */
export async function loadRecurrentStudy(
  nameOrFile: string,
  settings: readonly string[] = [],
): Promise<RecurrentStudy | null> {
  const value = await loadOverlay(nameOrFile, settings);
  if (!isRecurrentStudyInput(value)) return null;
  const { base } = value;
  if (!isOverlay(base) || base.extends === undefined) {
    return parseRecurrentStudy(value, nameOrFile);
  }
  const below = await resolveExtends(base, findRecipe(nameOrFile), []);
  // What a study says of its runs itself.
  const { name: _, kind: __, contextLength: ___, description: ____, ...resolved } = below;
  return parseRecurrentStudy({ ...value, base: resolved }, nameOrFile);
}

function isOverlay(value: unknown): value is Overlay {
  return typeof value === 'object' && value !== null;
}
