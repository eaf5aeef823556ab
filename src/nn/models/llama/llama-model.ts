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

const factor = z.number().min(1).describe('Factor by which the context is extended.');

const ropeScaling = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('linear'), factor }),
  z.strictObject({
    kind: z.literal('llama3'),
    factor: factor.default(8),
    lowFreqFactor: z
      .number()
      .positive()
      .default(1)
      .describe(
        'Wavelengths longer than originalContextLength / lowFreqFactor are scaled by the whole factor.',
      ),
    highFreqFactor: z
      .number()
      .positive()
      .default(4)
      .describe('Wavelengths shorter than originalContextLength / highFreqFactor are not scaled.'),
    originalContextLength: count
      .default(8192)
      .describe('Context length before the extension, in tokens.'),
  }),
]);

const options = z.strictObject({
  size: z
    .enum(Object.keys(MODEL_SIZES) as [ModelSize, ...ModelSize[]])
    .default('nano')
    .describe(
      'Sets all sizes at once: 2, 4, 6, 8, 12 or 24 layers, with a hiddenSize of 64 per layer.',
    ),
  hiddenSize: count.optional().describe('Width of hidden states; by default that of size.'),
  intermediateSize: count
    .optional()
    .describe(
      'Inner width of SwiGLU layers; by default 8/3 of hiddenSize, rounded up to a multiple of 64.',
    ),
  layers: count.optional().describe('Number of decoder layers; by default that of size.'),
  heads: count.optional().describe('Number of query heads; by default hiddenSize / 64.'),
  kvHeads: count
    .optional()
    .describe(
      'Number of key and value heads, each shared by a group of query heads; by default heads.',
    ),
  headDim: count.optional().describe('Width of an attention head; by default hiddenSize / heads.'),
  attentionBias: z
    .enum(ATTENTION_BIASES)
    .optional()
    .describe(
      "Which attention projections have a bias: 'none' (the default), 'qkv' as in Qwen 2, or 'qkvo' as with Llama's attention_bias.",
    ),
  mlpBias: z
    .boolean()
    .optional()
    .describe('Whether the projections of SwiGLU layers have a bias; by default they have none.'),
  ropeBase: z
    .number()
    .positive()
    .optional()
    .describe('Base of the rotary position embedding; by default 10,000.'),
  ropeScaling: ropeScaling
    .optional()
    .describe(
      'Scaling of rotary positions for a longer context, as in the Hugging Face model that weights come from.',
    ),
  rmsNormEpsilon: z
    .number()
    .positive()
    .optional()
    .describe('Added to the mean square in RMSNorm; by default 1e-5.'),
  tieEmbeddings: z
    .boolean()
    .optional()
    .describe(
      'Whether the read-out shares the matrix of the token embedding; by default it has its own.',
    ),
  attentionDropout: z
    .number()
    .min(0)
    .lt(1)
    .optional()
    .describe('Dropout rate of attention weights in training; by default 0.'),
  embeddingStd: z
    .number()
    .positive()
    .optional()
    .describe('Standard deviation of the initial token embedding and read-out; by default 0.02.'),
  modelType: z
    .enum(LLAMA_MODEL_TYPES)
    .optional()
    .describe(
      'Name of the model type in config.json; by default the one that fits the options. It does not affect any computation.',
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

/** Llama as a kind: options as in recipes, files in Hugging Face's format. */
export const llama = defineModel({
  kind: 'llama',
  source: 'Touvron et al. 2023, arXiv 2302.13971',
  description: 'A transformer decoder with rotary positions, SwiGLU layers and RMSNorm.',
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
    throw new UserError(`the model is of kind ${kind}; a llama is needed here`);
  }
  return deriveLlamaConfig(options as ModelOptions, sizes);
}
