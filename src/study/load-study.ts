// From a name or file and `--set key=value` to a checked study.

import { UserError } from '../core/index.ts';
import { loadOverlay, mergeOverlays, type Overlay, resolveBase } from '../run/load-recipe.ts';
import { isStudyInput, parseStudy } from './parse-study.ts';
import type { Study } from './study-schema.ts';

/** Keys that a study has itself; those of the recipe that its base extends are left out. */
const OWN_KEYS = ['$schema', 'kind', 'name', 'description', 'seed'];

/**
 * Loads a study. Its base may build on a recipe with `extends`.
 *
 * @param nameOrFile name of a shipped study, or a `.json` or `.js` file
 * @param settings `key.path=value` each
 * @throws UserError if there is none of that name, it is not a study, or it does not fit the schema
 */
export async function loadStudy(nameOrFile: string, settings: readonly string[]): Promise<Study> {
  const value = await loadOverlay(nameOrFile, settings);
  if (!isStudyInput(value)) {
    throw new UserError(`${nameOrFile} is not a study: it has no axes`, {
      hint: `for one run: primordia train ${nameOrFile}`,
    });
  }
  return parseStudy(await resolveStudy(value, nameOrFile), nameOrFile);
}

/** A study as written, with what its base extends in the base, and its plugins too. */
async function resolveStudy(value: Overlay, nameOrFile: string): Promise<Overlay> {
  const { plugins, ...study } = await resolveBase(value, nameOrFile, OWN_KEYS);
  if (plugins === undefined) return study;
  return { ...study, base: mergeOverlays(Object(study.base), { plugins }) };
}
