// From a name or file and `--set key=value` to a checked study of recurrent networks.

import { loadOverlay, mergeOverlays, type Overlay } from '../../run/load-recipe.ts';
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
  return parseRecurrentStudy({ ...value, base: await resolveBase(value.base) }, nameOrFile);
}

/** What a base stands for, without what a study says of its runs itself. */
async function resolveBase(base: unknown): Promise<unknown> {
  const name = (base as Overlay | undefined)?.extends;
  if (typeof name !== 'string') return base;
  const { extends: _, ...own } = base as Overlay;
  const {
    name: __,
    kind: ___,
    contextLength: ____,
    description: _____,
    ...below
  } = await loadOverlay(name, []);
  return mergeOverlays(below, own);
}
