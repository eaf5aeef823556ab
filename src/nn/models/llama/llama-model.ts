// Llama (Touvron et al. 2023) as a model: the forward pass, and a key-value cache as its state.

import { z } from 'zod';
import type { ArraySpec, ParamSpec } from '../../../core/index.ts';
import { ATTENTION_BIASES } from '../../layers/decoder-layer.ts';
import { count } from '../count.ts';
import { defineModel, type Model } from '../model.ts';
import { type LlamaParams, llamaHidden, llamaSpecs, readout } from './llama.ts';
import {
  deriveLlamaConfig,
  type LlamaConfig,
  MODEL_SIZES,
  type ModelSize,
} from './llama-config.ts';
import { cacheSpecs, type LlamaCache, llamaStep } from './llama-decode.ts';

const ropeScaling = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('linear'), factor: z.number().min(1) }),
  z.strictObject({
    kind: z.literal('llama3'),
    factor: z.number().min(1).default(8),
    lowFreqFactor: z.number().positive().default(1),
    highFreqFactor: z.number().positive().default(4),
    originalContextLength: count.default(8192),
  }),
]);

const options = z.strictObject({
  size: z.enum(Object.keys(MODEL_SIZES) as [ModelSize, ...ModelSize[]]).default('nano'),
  hiddenSize: count.optional(),
  intermediateSize: count.optional(),
  layers: count.optional(),
  heads: count.optional(),
  kvHeads: count.optional(),
  /** Width of a head, where it is not hiddenSize / heads. */
  headDim: count.optional(),
  /** Projections of attention with a bias: `qkvo` as Llama's attention_bias, `qkv` as in Qwen 2. */
  attentionBias: z.enum(ATTENTION_BIASES).optional(),
  mlpBias: z.boolean().optional(),
  ropeBase: z.number().positive().optional(),
  /** How rotary positions are stretched, as in the model that a transfer comes from. */
  ropeScaling: ropeScaling.optional(),
  rmsNormEpsilon: z.number().positive().optional(),
  tieEmbeddings: z.boolean().optional(),
  attentionDropout: z.number().min(0).lt(1).optional(),
  embeddingStd: z.number().positive().optional(),
});

export type LlamaModel = Model<LlamaParams<ParamSpec>, LlamaCache<ArraySpec>>;

/** The model of a configuration. */
export function createLlama(config: LlamaConfig): LlamaModel {
  const { vocabSize, contextLength } = config;
  return {
    ...{ kind: 'llama', vocabSize, contextLength },
    params: llamaSpecs(config),
    forward: (params, tokens, pass) => llamaHidden(params, config, tokens, pass),
    readout: (params) => ({ weight: readout(params) }),
    stepping: {
      growth: 'context',
      specs: (sizes) => cacheSpecs(config, sizes),
      step: (params, state, token) => llamaStep(params, config, state, token),
    },
  };
}

export const llama = defineModel({
  kind: 'llama',
  source: 'Touvron et al. 2023, arXiv 2302.13971',
  options,
  create: (given, sizes) => createLlama(deriveLlamaConfig(given, sizes)),
});
