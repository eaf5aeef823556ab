// The models that come with the package.

import { llama } from './llama/llama-model.ts';
import type { ModelRegistry } from './model.ts';
import { gru, lstm, mlp, transformer } from './recurrent.ts';

export const MODELS = { llama, gru, lstm, mlp, transformer } as const satisfies ModelRegistry;
export type ModelKind = keyof typeof MODELS;
