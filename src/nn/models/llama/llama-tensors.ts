// Tensors in the files of a Llama model that are not parameters.

import { flattenTree, isParamSpec, type ParamRole, type ParamSpec } from '../../../core/index.ts';
import type { DerivedTensors } from '../model.ts';
import { llamaSpecs } from './llama.ts';
import type { LlamaConfig } from './llama-config.ts';

// Written by old versions of transformers; it follows from the configuration.
const INVERSE_FREQUENCIES = /^model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/;

/** Rotary frequencies of old checkpoints, and a read-out equal to the embedding to which it is tied. */
export function llamaDerivedTensors(config: LlamaConfig): DerivedTensors {
  const { vocabSize, hiddenSize, headDim, tieEmbeddings } = config;
  const [readout, embedding] = [nameOf('head', config), nameOf('embedding', config)];
  return (name) => {
    if (INVERSE_FREQUENCIES.test(name)) return { shape: [headDim / 2] };
    if (!tieEmbeddings || name !== readout) return undefined;
    return { shape: [vocabSize, hiddenSize], repeats: embedding };
  };
}

/** The name of the one parameter of a role in a model whose read-out is its own. */
function nameOf(role: ParamRole, config: LlamaConfig): string {
  const specs = llamaSpecs({ ...config, tieEmbeddings: false });
  return flattenTree<ParamSpec>(specs, isParamSpec).find(([, spec]) => spec.role === role)![0];
}
