// From a name or file and `--set key=value` to a checked recipe of an arms race.

import { UserError } from '../core/index.ts';
import { loadOverlay } from '../run/load-recipe.ts';
import type { MutatorRegistry } from './mutator.ts';
import { isRedQueenInput, parseRedQueenRecipe, type RedQueenRecipe } from './recipe.ts';

/**
 * @param nameOrFile name of a shipped recipe, or a `.json` or `.js` file
 * @param settings `key.path=value` each
 * @param mutators the kinds that it may name; by default those of the package
 * @throws UserError if there is none, it is another kind of recipe, or it does not fit the schema
 */
export async function loadRedQueenRecipe(
  nameOrFile: string,
  settings: readonly string[] = [],
  mutators?: MutatorRegistry,
): Promise<RedQueenRecipe> {
  const value = await loadOverlay(nameOrFile, settings);
  if (!isRedQueenInput(value)) {
    throw new UserError(`${nameOrFile} is not the recipe of an arms race`, {
      hint: `its kind must be 'redqueen'; for training runs: primordia train ${nameOrFile}`,
    });
  }
  const recipe = parseRedQueenRecipe(value, nameOrFile, mutators);
  return { ...recipe, description: noteChanges(recipe.description, settings) };
}

/** The description belongs to the recipe; changed settings are listed after it. */
function noteChanges(description: string, settings: readonly string[]): string {
  const changes = settings.filter((setting) => !setting.startsWith('seed='));
  if (description === '' || changes.length === 0) return description;
  return `${description}; changed: ${changes.join(', ').replaceAll('"', '')}`;
}
