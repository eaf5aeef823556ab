// Every kind that comes with the package, and with plugins.

import { MUTATORS, type MutatorRegistry } from '../redqueen/index.ts';
import { createDataRegistry, REGISTRIES, type Registries } from '../training/index.ts';
import { addToRegistries, type LoadedPlugins, loadPlugins } from './load-plugins.ts';
import type { Plugin } from './plugin.ts';

/** What comes with the package. */
export const KINDS = { ...REGISTRIES, mutators: MUTATORS };

/** All registries. */
export type Kinds = Registries & { readonly mutators: MutatorRegistry };

/**
 * The package's kinds and those of plugins; a plugin's world is data too, and other worlds can be made of it.
 *
 * @throws UserError as `loadPlugins`
 */
export function loadKinds(
  entries: readonly string[],
  baseFolder: string,
): Promise<LoadedPlugins<Kinds>> {
  return loadPlugins<Kinds>(entries, baseFolder, KINDS, { dataOf: createDataRegistry });
}

/**
 * Registries that have a plugin's kinds too, for a program that defines them itself: a recipe that names no file.
 *
 * @param kinds what they are added to, by default the package's own
 * @throws UserError where a definition does not follow its contract, or has a kind that there is
 */
export function addPlugin(plugin: Plugin, kinds: Kinds = KINDS): Kinds {
  return addToRegistries<Kinds>(kinds, plugin, plugin.name ?? 'of this program', {
    dataOf: createDataRegistry,
  });
}
