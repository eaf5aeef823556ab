// Recipes as pages need them: in full, with the schema that their forms are made of.

import path from 'node:path';
import { UserError } from '../../core/index.ts';
import { loadRedQueenRecipe, MUTATORS, redQueenJsonSchema } from '../../redqueen/index.ts';
import { listRecipes, loadOverlay, type RecipeKind, recipeKindOf } from '../../run/index.ts';
import { loadStudy, studyJsonSchema } from '../../study/index.ts';
import { loadTraining, recipeJsonSchema } from '../../training/index.ts';
import type { KindsOf } from '../answers.ts';
import type { FoundFolder } from '../find-folders.ts';
import type { RecipeAnswer, RecipeListAnswer } from '../protocol.ts';

/** A recipe of the package by its name, or that of a run. */
export type RecipeOrigin = { readonly name: string } | { readonly folder: FoundFolder };

/** The command that runs a recipe of each kind. */
const COMMANDS: Readonly<Record<RecipeKind, RecipeAnswer['command']>> = {
  training: 'train',
  study: 'study',
  redqueen: 'drq',
};

/** The recipes that come with the package. */
export async function listRecipeForms(): Promise<RecipeListAnswer> {
  return Promise.all(
    listRecipes().map(async (name) => {
      const recipe = await loadOverlay(name, []);
      const { description = '' } = recipe as { readonly description?: unknown };
      return { name, command: COMMANDS[recipeKindOf(recipe)], description: String(description) };
    }),
  );
}

/** What the command line calls a recipe. */
function nameRecipe(origin: RecipeOrigin): string {
  if ('name' in origin) {
    if (listRecipes().includes(origin.name)) return origin.name;
    throw new UserError(`there is no recipe '${origin.name}'`, { hint: 'choose one of the list' });
  }
  const { directory, kind } = origin.folder;
  if (kind === 'dataset') throw new UserError('a data set has no recipe');
  return path.join(directory, kind === 'study' ? 'study.json' : 'recipe.json');
}

/**
 * A recipe with settings, checked as the command line checks it.
 *
 * @throws UserError where there is none, or a setting does not fit
 */
export async function readRecipeForm(
  origin: RecipeOrigin,
  settings: readonly string[],
  { kindsOf, folder }: { readonly kindsOf: KindsOf; readonly folder: string },
): Promise<RecipeAnswer> {
  const file = nameRecipe(origin);
  const directory = 'folder' in origin ? origin.folder.directory : process.cwd();
  const registries = kindsOf(directory);
  const kind = recipeKindOf(await loadOverlay(file, settings));
  const loaders = {
    training: () => loadTraining(file, settings, registries),
    study: () => loadStudy(file, settings),
    redqueen: () => loadRedQueenRecipe(file, settings),
  };
  const schemas = {
    training: () => recipeJsonSchema(registries),
    study: studyJsonSchema,
    redqueen: () => redQueenJsonSchema(MUTATORS),
  };
  const recipe = await loaders[kind]();
  return { command: COMMANDS[kind], recipe, schema: schemas[kind](), file, folder };
}
