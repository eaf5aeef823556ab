// The models that come with the package.

import { llama } from './llama/llama-model.ts';
import type { ModelRegistry } from './model.ts';
import { gru, lstm, recurrentMlp, recurrentTransformer } from './recurrent.ts';

export const MODELS = {
  llama,
  gru,
  lstm,
  'recurrent-mlp': recurrentMlp,
  'recurrent-transformer': recurrentTransformer,
} as const satisfies ModelRegistry;
export type ModelKind = keyof typeof MODELS;
