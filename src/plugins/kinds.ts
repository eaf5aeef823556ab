// Every kind that comes with the package, and with plugins.

import { MUTATORS, type MutatorRegistry } from '../redqueen/index.ts';
import { createDataRegistry, REGISTRIES, type Registries } from '../training/index.ts';
import { type LoadedPlugins, loadPlugins } from './load-plugins.ts';

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
