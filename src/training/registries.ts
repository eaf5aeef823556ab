// The registries of kinds that recipes can name. Registries are values that are passed as arguments.

import { ALGORITHMS, type AlgorithmRegistry } from '../algorithms/index.ts';
import { MODELS, type ModelRegistry } from '../nn/index.ts';
import { OPTIMIZERS, type OptimizerRegistry } from '../optim/index.ts';
import { WORLDS, type WorldRegistry } from '../worlds/index.ts';
import type { DataRegistry } from './data/data.ts';
import { createDataRegistry } from './data/registry.ts';

export type Registries = {
  readonly models: ModelRegistry;
  readonly algorithms: AlgorithmRegistry;
  readonly optimizers: OptimizerRegistry;
  readonly worlds: WorldRegistry;
  /** Every world as data, and what lies in files. */
  readonly data: DataRegistry;
};

/** A kind with its options, as a recipe has it once its defaults are filled in. */
export type KindOptions = { readonly kind: string } & Readonly<Record<string, unknown>>;

/** The options alone. */
export function optionsOf({ kind: _, ...options }: KindOptions): Readonly<Record<string, unknown>> {
  return options;
}

/** What comes with the package. */
export const REGISTRIES: Registries = {
  models: MODELS,
  algorithms: ALGORITHMS,
  optimizers: OPTIMIZERS,
  worlds: WORLDS,
  data: createDataRegistry(WORLDS),
};
