// The models that come with the package.

import { llama } from './llama/llama-model.ts';
import { minGru } from './min-gru.ts';
import type { ModelRegistry } from './model.ts';
import { gru, lstm, recurrentMlp, recurrentTransformer } from './recurrent.ts';

/** The models that come with the package, by kind. */
export const MODELS = {
  llama,
  gru,
  lstm,
  'min-gru': minGru,
  'recurrent-mlp': recurrentMlp,
  'recurrent-transformer': recurrentTransformer,
} as const satisfies ModelRegistry;
export type ModelKind = keyof typeof MODELS;
