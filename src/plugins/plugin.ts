// What a plugin is: a module whose default export lists definitions of kinds, made as the package's own are.

import type { AlgorithmDefinition } from '../algorithms/algorithm.ts';
import type { Registry } from '../core/registry.ts';
import type { ModelDefinition } from '../nn/index.ts';
import type { OptimizerDefinition } from '../optim/index.ts';
import type { MutatorDefinition } from '../redqueen/index.ts';
import type { DataDefinition } from '../training/index.ts';
import type { WorldDefinition } from '../worlds/index.ts';

/** The default export of a plugin. Every list may be left out. */
export type Plugin = {
  /** For messages; by default the name of its file. */
  readonly name?: string;
  readonly models?: readonly ModelDefinition[];
  readonly worlds?: readonly WorldDefinition[];
  readonly algorithms?: readonly AlgorithmDefinition[];
  readonly optimizers?: readonly OptimizerDefinition[];
  readonly data?: readonly DataDefinition[];
  readonly mutators?: readonly MutatorDefinition[];
};

/** What plugins can add to, by the plugin's word for it, with what one of them is called. */
export const SECTIONS = {
  models: 'model',
  worlds: 'world',
  algorithms: 'algorithm',
  optimizers: 'optimizer',
  data: 'kind of data',
  mutators: 'mutator',
} as const;
export type Section = keyof typeof SECTIONS;

/** Registries that plugins add to. Those that are left out take nothing. */
export type PluginRegistries = { readonly [S in Section]?: Registry };
