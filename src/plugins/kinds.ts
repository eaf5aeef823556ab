// Every kind that comes with the package, and with plugins.

import { ALGORITHMS, type AlgorithmRegistry } from '../algorithms/index.ts';
import { MODELS, type ModelRegistry } from '../nn/index.ts';
import { OPTIMIZERS, type OptimizerRegistry } from '../optim/index.ts';
import { MUTATORS, type MutatorRegistry } from '../redqueen/index.ts';
import type { DataRegistry } from '../training/data/data.ts';
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
export type Kinds = {
  readonly models: ModelRegistry;
  readonly algorithms: AlgorithmRegistry;
  readonly optimizers: OptimizerRegistry;
  readonly worlds: WorldRegistry;
  readonly data: DataRegistry;
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
