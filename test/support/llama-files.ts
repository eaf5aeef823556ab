// Folders of Llama models by their configurations, for tests of what is read and written.

import type { NdArray } from '../../src/core/index.ts';
import {
  type LlamaConfig,
  type LlamaParams,
  llamaConfigOf,
  llamaDescription,
  MODELS,
} from '../../src/nn/index.ts';
import { type SaveLearnerOptions, saveLearner } from '../../src/run/learner-checkpoint.ts';
import { loadModel } from '../../src/run/model-files.ts';

/** A checkpoint of a language model; its path. */
export function saveLlama({
  config,
  ...rest
}: Omit<SaveLearnerOptions, 'model' | 'registry'> & { readonly config: LlamaConfig }): string {
  return saveLearner({ ...rest, registry: MODELS, model: llamaDescription(config) });
}

/** A Llama model of a folder. */
export function loadLlama(folder: string): {
  readonly config: LlamaConfig;
  readonly params: LlamaParams<NdArray>;
} {
  const { description, params } = loadModel(folder, MODELS);
  return {
    config: llamaConfigOf(description),
    params: params as unknown as LlamaParams<NdArray>,
  };
}
