// From a name or file and `--set key=value` to a checked study of recurrent networks.

import { loadOverlay, resolveBase } from '../../run/load-recipe.ts';
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
  const own = ['name', 'kind', 'description', 'contextLength'];
  return parseRecurrentStudy(await resolveBase(value, nameOrFile, own), nameOrFile);
}
