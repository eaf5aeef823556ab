// Kinds for those who only show a run: a plugin that is not there any more is done without.

import { z } from 'zod';
import { UserError } from '../core/index.ts';
import type { Definition, Registry } from '../core/registry.ts';
import { isOverlay } from '../run/load-recipe.ts';
import { findPlugin } from './find-plugin.ts';
import { type KINDS, type Kinds, loadKinds } from './kinds.ts';
import { loadRunKinds, readRunRecipe, requireRunPlugins, runPluginEntries } from './run-plugins.ts';

export type ShownKinds = {
  readonly registries: Kinds;
  /** Plugins that were not found; what they define has no options checked, no description and no pictures. */
  readonly missing: readonly string[];
};

/**
 * The kinds that a run or study in a folder may name. Where plugins are not found, what recipes name of them is taken as it
 * stands there.
 *
 * @param given of `--plugin`, as `loadRunKinds` has it
 * @throws UserError where a plugin cannot be loaded or is not what the run began with
 */
export async function loadKindsToShow(
  directory: string,
  given: readonly string[] = [],
): Promise<ShownKinds> {
  const entries = runPluginEntries(directory, given);
  const missing = entries.filter((entry) => !isThere(entry, directory));
  const found = readRunRecipe(directory);
  if (missing.length === 0 || found === null) {
    const { registries } = await loadRunKinds(directory, given);
    return { registries, missing: [] };
  }
  const here = entries.filter((entry) => !missing.includes(entry));
  const { registries, records } = await loadKinds(here, directory);
  requireRunPlugins(directory, records, { some: true });
  return { registries: withStandIns(registries, found.recipe), missing };
}

/**
 * The kinds that a run or study in a folder may name, of which none is loaded: what `kinds` do not have is taken as the recipe has it.
 *
 * @throws UserError where the recipe cannot be read
 */
export function kindsWithoutLoading(directory: string, kinds: Kinds): Kinds {
  const found = readRunRecipe(directory);
  return found === null ? kinds : withStandIns(kinds, found.recipe);
}

function isThere(entry: string, directory: string): boolean {
  try {
    findPlugin(entry, directory);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** What keys of a recipe name a kind of. A world that is missing stands in as data. */
const SECTIONS_OF_KEYS = {
  model: 'models',
  data: 'data',
  algorithm: 'algorithms',
  optimizer: 'optimizers',
} as const satisfies Readonly<Record<string, keyof typeof KINDS>>;

/** The registries, with a kind that takes any options for each that a recipe names and they do not have. */
function withStandIns(registries: Kinds, recipe: unknown): Kinds {
  let extended: Readonly<Record<string, Registry>> = registries;
  const visit = (value: unknown) => {
    if (!isOverlay(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      visit(inner);
      const section = SECTIONS_OF_KEYS[key as keyof typeof SECTIONS_OF_KEYS];
      const { kind } = Object(inner) as { readonly kind?: unknown };
      if (section === undefined || typeof kind !== 'string') continue;
      if (Object.hasOwn(extended[section]!, kind)) continue;
      extended = { ...extended, [section]: { ...extended[section], [kind]: standIn(kind) } };
    }
  };
  visit(recipe);
  return extended as unknown as Kinds;
}

function standIn(kind: string): Definition & { readonly metrics: Readonly<Record<string, never>> } {
  return { kind, source: '', description: '', options: z.looseObject({}), metrics: {} };
}
