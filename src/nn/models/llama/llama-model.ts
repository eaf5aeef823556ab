// Llama (Touvron et al. 2023) as a model: the forward pass, and a key-value cache as its state.

import { z } from 'zod';
import { type ArraySpec, type ParamSpec, UserError } from '../../../core/index.ts';
import { ATTENTION_BIASES } from '../../layers/decoder-layer.ts';
import { count } from '../count.ts';
import { defineModel, type Model, type ModelDescription } from '../model.ts';
import { type LlamaParams, llamaHidden, llamaSpecs, readout } from './llama.ts';
import {
  deriveLlamaConfig,
  LLAMA_MODEL_TYPES,
  type LlamaConfig,
  MODEL_SIZES,
  type ModelOptions,
  type ModelSize,
} from './llama-config.ts';
import { LLAMA_ARCHITECTURES, llamaConfigFromJson, llamaConfigText } from './llama-config-json.ts';
import { cacheSpecs, type LlamaCache, llamaStep } from './llama-decode.ts';
import { llamaDerivedTensors } from './llama-tensors.ts';

const factor = z.number().min(1).describe('How many times longer the context becomes.');

const ropeScaling = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('linear'), factor }),
  z.strictObject({
    kind: z.literal('llama3'),
    factor: factor.default(8),
    lowFreqFactor: z
      .number()
      .positive()
      .default(1)
      .describe('Wavelengths above originalContextLength / this are stretched in full.'),
    highFreqFactor: z
      .number()
      .positive()
      .default(4)
      .describe('Wavelengths below originalContextLength / this are left as they are.'),
    originalContextLength: count.default(8192).describe('Tokens of the context before.'),
  }),
]);

const options = z.strictObject({
  size: z
    .enum(Object.keys(MODEL_SIZES) as [ModelSize, ...ModelSize[]])
    .default('nano')
    .describe('One dial for all sizes: 2, 4, 6, 8, 12 or 24 layers, and 64 times as wide.'),
  hiddenSize: count
    .optional()
    .describe('Width of a hidden state; by default 64 per layer of size.'),
  intermediateSize: count
    .optional()
    .describe(
      'Width inside of a SwiGLU layer; by default 8/3 of hiddenSize, rounded up to a multiple of 64.',
    ),
  layers: count.optional().describe('Decoder layers; by default those of size.'),
  heads: count.optional().describe('Query heads; by default one per 64 of hiddenSize.'),
  kvHeads: count
    .optional()
    .describe('Heads of keys and values, which query heads share in groups; by default heads.'),
  headDim: count.optional().describe('Width of a head; by default hiddenSize / heads.'),
  attentionBias: z
    .enum(ATTENTION_BIASES)
    .optional()
    .describe(
      "Projections of attention with a bias: none (the default), 'qkvo' as Llama's attention_bias, 'qkv' as in Qwen 2.",
    ),
  mlpBias: z
    .boolean()
    .optional()
    .describe('Whether projections of SwiGLU layers have a bias; by default none has.'),
  ropeBase: z
    .number()
    .positive()
    .optional()
    .describe('Base of rotary positions; by default 10,000.'),
  ropeScaling: ropeScaling
    .optional()
    .describe('How rotary positions are stretched, as in the model that a transfer comes from.'),
  rmsNormEpsilon: z
    .number()
    .positive()
    .optional()
    .describe('Added to the mean square inside of RMSNorm; by default 1e-5.'),
  tieEmbeddings: z
    .boolean()
    .optional()
    .describe('Whether the read-out is the token embedding; by default it is its own matrix.'),
  attentionDropout: z
    .number()
    .min(0)
    .lt(1)
    .optional()
    .describe('Share of attention weights that are dropped in training; by default 0.'),
  embeddingStd: z
    .number()
    .positive()
    .optional()
    .describe('Standard deviation of a new token embedding and read-out; by default 0.02.'),
  modelType: z
    .enum(LLAMA_MODEL_TYPES)
    .optional()
    .describe(
      'What config.json calls the model; by default the one name that fits. It changes no number.',
    ),
});

export type LlamaModel = Model<LlamaParams<ParamSpec>, LlamaCache<ArraySpec>>;

/** The model of a configuration. */
export function createLlama(config: LlamaConfig): LlamaModel {
  const { vocabSize, contextLength } = config;
  return {
    kind: 'llama',
    vocabSize,
    contextLength,
    headWidth: config.headDim,
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
  description: 'A decoder: attention with rotary positions, SwiGLU layers and RMSNorm.',
  options,
  create: (given, sizes) => createLlama(deriveLlamaConfig(given, sizes)),
  resolve: (given, sizes) => llamaDescription(deriveLlamaConfig(given, sizes)).options,
  files: {
    modelTypes: LLAMA_ARCHITECTURES,
    toConfigText: (description, endOfText) =>
      llamaConfigText(
        llamaConfigOf(description),
        endOfText === undefined ? {} : { bosTokenId: endOfText, eosTokenId: endOfText },
      ),
    fromConfigJson: (json, source) => llamaDescription(llamaConfigFromJson(json, source)),
    derivedTensors: (description) => llamaDerivedTensors(llamaConfigOf(description)),
  },
});

/** The description of the model of a configuration. */
export function llamaDescription(config: LlamaConfig): ModelDescription {
  const { vocabSize, contextLength, ropeScaling: scaling, ...rest } = config;
  const options = { ...rest, ...(scaling ? { ropeScaling: scaling } : {}) };
  return { kind: 'llama', options, sizes: { vocabSize, contextLength } };
}

/** @throws UserError for a model of another kind */
export function llamaConfigOf({ kind, options, sizes }: ModelDescription): LlamaConfig {
  if (kind !== 'llama') {
    throw new UserError(`the model is of kind ${kind}, and a llama is needed here`);
  }
  return deriveLlamaConfig(options as ModelOptions, sizes);
}
