// The config.json of Llama models, and of models that are Llama under another name, as transformers writes it.

import { UserError } from '../../../core/index.ts';
import type { AttentionBias } from '../../layers/decoder-layer.ts';
import {
  findModelType,
  isPositiveInteger,
  isRecord,
  type Json,
  readFlag,
  readNumber,
  show,
  unsupported,
} from '../config-fields.ts';
import { deriveLlamaConfig, type LlamaConfig, type LlamaModelType } from './llama-config.ts';
import { readRope, ropeJson } from './rotary-json.ts';

/** Names in transformers, and its defaults for missing keys. */
type Family = {
  readonly architecture: string;
  readonly contextLength: number;
  /** Null: as many as heads. */
  readonly kvHeads: number | null;
};

const FAMILIES: Readonly<Record<LlamaModelType, Family>> = {
  llama: { architecture: 'LlamaForCausalLM', contextLength: 2048, kvHeads: null },
  mistral: { architecture: 'MistralForCausalLM', contextLength: 131_072, kvHeads: 8 },
  qwen2: { architecture: 'Qwen2ForCausalLM', contextLength: 32_768, kvHeads: 32 },
};

/** The name of each in `architectures`. */
export const LLAMA_ARCHITECTURES = Object.fromEntries(
  Object.entries(FAMILIES).map(([type, { architecture }]) => [type, architecture]),
);

/** Window of Mistral and Qwen 2 where `sliding_window` is left out. */
const DEFAULT_WINDOW = 4096;

/**
 * The object of a config.json with which transformers computes the same function. The rotary positions are written
 * twice: as `rope_theta` and `rope_scaling` for transformers 4, in `rope_parameters` for 5.
 */
export function llamaConfigJson(
  config: LlamaConfig,
  extra: { readonly bosTokenId?: number; readonly eosTokenId?: number } = {},
): Record<string, unknown> {
  return {
    architectures: [FAMILIES[config.modelType].architecture],
    model_type: config.modelType,
    vocab_size: config.vocabSize,
    max_position_embeddings: config.contextLength,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    hidden_act: 'silu',
    ...familyJson(config),
    attention_dropout: config.attentionDropout,
    rms_norm_eps: config.rmsNormEpsilon,
    ...ropeJson(config),
    ...embeddingStdJson(config.embeddingStd),
    tie_word_embeddings: config.tieEmbeddings,
    // Without them, transformers would assume 1 and 2, which are ordinary tokens here.
    bos_token_id: extra.bosTokenId ?? null,
    eos_token_id: extra.eosTokenId ?? null,
    torch_dtype: 'float32',
    use_cache: true,
  };
}

/** transformers refuses an `initializer_range` above 1. Its value does not matter for a trained model. */
function embeddingStdJson(embeddingStd: number): object {
  if (embeddingStd <= 1) return { initializer_range: embeddingStd };
  return { initializer_range: 1, embedding_std: embeddingStd };
}

/** Keys for which transformers requires floats: `1` is refused, `1.0` is not. */
const FLOAT_KEYS = [
  'initializer_range',
  'rms_norm_eps',
  'factor',
  'low_freq_factor',
  'high_freq_factor',
];
const WHOLE_FLOATS = new RegExp(`("(?:${FLOAT_KEYS.join('|')})": \\d+)(?=,?$)`, 'gm');

/** The content of config.json, for `llamaConfigJson`. */
export function llamaConfigText(...args: Parameters<typeof llamaConfigJson>): string {
  return `${JSON.stringify(llamaConfigJson(...args), null, 2).replace(WHOLE_FLOATS, '$1.0')}\n`;
}

function familyJson({ modelType, attentionBias, mlpBias }: LlamaConfig): object {
  if (modelType === 'llama') {
    return { attention_bias: attentionBias !== 'none', mlp_bias: mlpBias };
  }
  // Without it, transformers would assume a window of 4096 tokens for a Mistral.
  return { sliding_window: null, ...(modelType === 'qwen2' ? { use_sliding_window: false } : {}) };
}

/**
 * The configuration that a Hugging Face config.json describes. Missing keys have the defaults of
 * transformers. The context of a model with sliding attention is its window, within which nothing slides.
 *
 * @param json the parsed file
 * @param source what it was read from, for messages
 * @throws UserError for another architecture, a feature that this model lacks, keys that contradict each other, or a
 *   size that is not a number
 */
export function llamaConfigFromJson(json: unknown, source: string): LlamaConfig {
  if (!isRecord(json)) throw new UserError(`${source}: the configuration is not a JSON object`);
  const modelType = readModelType(json, source);
  requirePlainFeatures(json, source);
  const family = FAMILIES[modelType];
  const size = (name: string, fallback?: number) =>
    readNumber(json, name, source, fallback, isPositiveInteger, 'a positive whole number');
  const real = (name: string, fallback: number) =>
    readNumber(json, name, source, fallback, (x) => x >= 0, 'a number, 0 or more');
  const heads = size('num_attention_heads');
  const layers = size('num_hidden_layers');
  const maxPositions = size('max_position_embeddings', family.contextLength);
  const usual = json.num_key_value_heads === null ? heads : (family.kvHeads ?? heads);
  const isLlama = modelType === 'llama';
  const options = {
    modelType,
    hiddenSize: size('hidden_size'),
    intermediateSize: size('intermediate_size'),
    layers,
    heads,
    kvHeads: size('num_key_value_heads', usual),
    headDim: (json.head_dim ?? undefined) === undefined ? undefined : size('head_dim'),
    attentionBias: readAttentionBias(json, modelType, source),
    mlpBias: isLlama && readFlag(json, 'mlp_bias', source),
    ...readRope(json, source, maxPositions),
    rmsNormEpsilon: real('rms_norm_eps', 1e-6),
    tieEmbeddings: readFlag(json, 'tie_word_embeddings', source),
    attentionDropout: real('attention_dropout', 0),
    embeddingStd: real('embedding_std', real('initializer_range', 0.02)),
  };
  const window = isLlama ? null : readWindow(json, modelType, layers, source);
  const sizes = {
    vocabSize: size('vocab_size'),
    contextLength: window === null ? maxPositions : Math.min(maxPositions, window),
  };
  try {
    return deriveLlamaConfig(options, sizes);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${source}: ${error.message}`, { cause: error });
  }
}

function readModelType(json: Json, source: string): LlamaModelType {
  const found = findModelType(json, LLAMA_ARCHITECTURES, source) as LlamaModelType;
  const { model_type: type } = json;
  if ((type ?? found) === found) return found;
  throw new UserError(
    `${source}: model_type ${show(type)} contradicts the architecture ${FAMILIES[found].architecture}`,
  );
}

function requirePlainFeatures(json: Json, source: string): void {
  const activation = json.hidden_act ?? 'silu';
  // transformers treats 'swish' as another name of it.
  if (activation !== 'silu' && activation !== 'swish') {
    throw unsupported(source, `hidden_act is ${show(activation)}; only "silu" is supported`);
  }
  if (isRecord(json.quantization_config)) {
    throw unsupported(source, 'quantization_config is set; quantized weights cannot be read');
  }
}

function readAttentionBias(json: Json, modelType: LlamaModelType, source: string): AttentionBias {
  if (modelType === 'qwen2') return 'qkv';
  // transformers ignores the key for a Mistral.
  return modelType === 'llama' && readFlag(json, 'attention_bias', source) ? 'qkvo' : 'none';
}

const LAYER_TYPES = ['full_attention', 'sliding_attention'];

/** The window, if some layer slides; null if none does. */
function readWindow(
  json: Json,
  modelType: 'mistral' | 'qwen2',
  layers: number,
  source: string,
): number | null {
  if (json.sliding_window === null) return null;
  const window = () =>
    readNumber(
      json,
      'sliding_window',
      source,
      DEFAULT_WINDOW,
      isPositiveInteger,
      'a positive whole number or null',
    );
  if (modelType === 'mistral') return window();
  if (!readFlag(json, 'use_sliding_window', source)) {
    if (!readLayerTypes(json, source).includes('sliding_attention')) return null;
    throw new UserError(
      `${source}: layer_types has sliding_attention, but use_sliding_window is not true`,
    );
  }
  const types = readLayerTypes(json, source);
  if (types.length > 0) return types.includes('sliding_attention') ? window() : null;
  const full = readNumber(
    json,
    'max_window_layers',
    source,
    28,
    (value) => Number.isSafeInteger(value) && value >= 0,
    'a whole number',
  );
  return full < layers ? window() : null;
}

function readLayerTypes(json: Json, source: string): readonly unknown[] {
  const types = json.layer_types ?? [];
  if (!Array.isArray(types)) {
    throw new UserError(`${source}: layer_types must be a list, got ${show(types)}`);
  }
  const strange = types.find((type) => !LAYER_TYPES.includes(type));
  if (strange === undefined) return types;
  throw unsupported(
    source,
    `layer_types has ${show(strange)}; known are ${LAYER_TYPES.join(', ')}`,
  );
}
