// Every kind that comes with the package, and with plugins.

import { ALGORITHMS } from '../algorithms/index.ts';
import { MODELS } from '../nn/index.ts';
import { OPTIMIZERS } from '../optim/index.ts';
import { MUTATORS, type MutatorRegistry } from '../redqueen/index.ts';
import { createDataRegistry, DATA } from '../training/data/registry.ts';
import { WORLDS, type WorldRegistry } from '../worlds/index.ts';
import { type LoadedPlugins, loadPlugins } from './load-plugins.ts';

/** What comes with the package. */
export const KINDS = {
  models: MODELS,
  algorithms: ALGORITHMS,
  optimizers: OPTIMIZERS,
  worlds: WORLDS,
  data: DATA,
  mutators: MUTATORS,
};

/** All registries. */
export type Kinds = Omit<typeof KINDS, 'worlds' | 'mutators'> & {
  readonly worlds: WorldRegistry;
  readonly mutators: MutatorRegistry;
};

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
