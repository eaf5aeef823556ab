// Recipes of any kind: their descriptions, and their contents with all defaults.

import { loadRecipeKinds } from '../plugins/index.ts';
import { loadRedQueenRecipe } from '../redqueen/index.ts';
import { loadOverlay } from '../run/index.ts';
import { isStudyInput, loadStudy } from '../study/index.ts';
import { loadTraining } from '../training/index.ts';

export type RecipeInfo = {
  readonly name: string;
  readonly kind: string;
  readonly description: string;
};

/** Name, kind and description of a recipe; the rest is not checked. */
export async function describeRecipeFile(name: string): Promise<RecipeInfo> {
  const overlay = await loadOverlay(name, []);
  return { name, kind: kindOf(overlay), description: String(overlay.description ?? '') };
}

function kindOf(overlay: { readonly [key: string]: unknown }): string {
  return typeof overlay.kind === 'string'
    ? overlay.kind
    : isStudyInput(overlay)
      ? 'study'
      : 'training';
}

/**
 * The recipe or study as a run of it would keep it.
 *
 * @param settings `key.path=value` each
 * @throws UserError if there is none of that name, or it does not fit its schema
 */
export async function resolveRecipeFile(
  nameOrFile: string,
  settings: readonly string[],
): Promise<object> {
  const { registries } = await loadRecipeKinds(nameOrFile, settings);
  switch (kindOf(await loadOverlay(nameOrFile, []))) {
    case 'redqueen':
      return loadRedQueenRecipe(nameOrFile, settings, registries.mutators);
    case 'study':
      return loadStudy(nameOrFile, settings);
    default:
      return loadTraining(nameOrFile, settings, registries);
  }
}
