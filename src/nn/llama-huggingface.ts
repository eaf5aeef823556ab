// Llama models as Hugging Face's transformers writes them: config.json and named tensors.

import {
  type ArraySpec,
  arrayOf,
  flattenTree,
  isArraySpec,
  isNdArray,
  mapTree,
  type NdArray,
  type Tree,
  UserError,
} from '../core/index.ts';
import { type LlamaParams, llamaSpecs } from './llama.ts';
import { deriveLlamaConfig, type LlamaConfig } from './llama-config.ts';

const ARCHITECTURE = 'LlamaForCausalLM';
const READOUT = 'lm_head.weight';
const EMBEDDING = 'model.embed_tokens.weight';

/**
 * The object of a config.json with which transformers' `LlamaForCausalLM` computes the same function.
 * The rotary base is written twice: as `rope_theta` for transformers 4, in `rope_parameters` for 5.
 */
export function llamaConfigJson(
  config: LlamaConfig,
  extra: { readonly bosTokenId?: number; readonly eosTokenId?: number } = {},
): Record<string, unknown> {
  return {
    architectures: [ARCHITECTURE],
    model_type: 'llama',
    vocab_size: config.vocabSize,
    max_position_embeddings: config.contextLength,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.hiddenSize / config.heads,
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    attention_dropout: config.attentionDropout,
    rms_norm_eps: config.rmsNormEpsilon,
    rope_theta: config.ropeBase,
    rope_scaling: null,
    rope_parameters: { rope_type: 'default', rope_theta: config.ropeBase },
    initializer_range: config.embeddingStd,
    tie_word_embeddings: config.tieEmbeddings,
    // Left out, transformers would take 1 and 2, which are ordinary tokens here.
    bos_token_id: extra.bosTokenId ?? null,
    eos_token_id: extra.eosTokenId ?? null,
    torch_dtype: 'float32',
    use_cache: true,
  };
}

type Json = Readonly<Record<string, unknown>>;

/**
 * The configuration that a Hugging Face config.json describes. Keys left out mean what transformers
 * takes them to mean.
 *
 * @param json the parsed file
 * @param source what it was read from, for messages
 * @throws UserError for another architecture, a feature that this model lacks, or a size that is no number
 */
export function llamaConfigFromJson(json: unknown, source: string): LlamaConfig {
  if (!isRecord(json)) throw new UserError(`${source}: the configuration is no JSON object`);
  requireLlama(json, source);
  requirePlainFeatures(json, source);
  const size = (name: string, fallback?: number) =>
    readNumber(json, name, source, fallback, isPositiveInteger, 'a positive whole number');
  const real = (name: string, fallback: number) =>
    readNumber(json, name, source, fallback, (x) => x >= 0, 'a number, 0 or more');
  const hiddenSize = size('hidden_size');
  const heads = size('num_attention_heads');
  const headSize = size('head_dim', hiddenSize / heads);
  if (headSize !== hiddenSize / heads) {
    throw unsupported(
      source,
      `head_dim ${headSize} is not hidden_size / num_attention_heads = ${hiddenSize / heads}`,
    );
  }
  const options = {
    hiddenSize,
    intermediateSize: size('intermediate_size'),
    layers: size('num_hidden_layers'),
    heads,
    kvHeads: size('num_key_value_heads', heads),
    ropeBase: readRopeBase(json, source),
    rmsNormEpsilon: real('rms_norm_eps', 1e-6),
    tieEmbeddings: json.tie_word_embeddings === true,
    attentionDropout: real('attention_dropout', 0),
    embeddingStd: real('initializer_range', 0.02),
  };
  const sizes = {
    vocabSize: size('vocab_size'),
    contextLength: size('max_position_embeddings', 2048),
  };
  try {
    return deriveLlamaConfig(options, sizes);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${source}: ${error.message}`, { cause: error });
  }
}

function requireLlama(json: Json, source: string): void {
  const { architectures, model_type: type } = json;
  const named = Array.isArray(architectures) ? architectures : [];
  if (named.length > 0 ? named.includes(ARCHITECTURE) : type === 'llama') return;
  const found = named.length > 0 ? named.join(', ') : `model_type ${show(type)}`;
  throw new UserError(`${source}: the model is ${found}, not ${ARCHITECTURE}`, {
    hint: 'choose a checkpoint of the Llama architecture',
  });
}

function requirePlainFeatures(json: Json, source: string): void {
  const activation = json.hidden_act ?? 'silu';
  // transformers treats 'swish' as another name of it.
  if (activation !== 'silu' && activation !== 'swish') {
    throw unsupported(source, `hidden_act is ${show(activation)}; only "silu" is supported`);
  }
  for (const name of ['attention_bias', 'mlp_bias']) {
    if (json[name] === true) throw unsupported(source, `${name} is true; projections have no bias`);
  }
  if (isRecord(json.quantization_config)) {
    throw unsupported(source, 'quantization_config is set; quantised weights cannot be read');
  }
}

function readRopeBase(json: Json, source: string): number {
  for (const name of ['rope_scaling', 'rope_parameters']) {
    const rope = json[name];
    if (!isRecord(rope)) continue;
    const kind = rope.rope_type ?? rope.type ?? 'default';
    if (kind !== 'default' && kind !== 'none') {
      throw unsupported(
        source,
        `${name} asks for ${show(kind)}; only unscaled rotary positions are supported`,
      );
    }
    const turned = rope.partial_rotary_factor ?? 1;
    if (turned !== 1)
      throw unsupported(source, `${name}: partial_rotary_factor is ${show(turned)}`);
  }
  const rope = isRecord(json.rope_parameters) ? json.rope_parameters : {};
  const holder = rope.rope_theta === undefined ? json : rope;
  return readNumber(holder, 'rope_theta', source, 10_000, (x) => x > 0, 'a positive number');
}

function readNumber(
  json: Json,
  name: string,
  source: string,
  fallback: number | undefined,
  accepts: (value: number) => boolean,
  wanted: string,
): number {
  const value = json[name] ?? fallback;
  if (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (value === fallback || accepts(value))
  ) {
    return value;
  }
  throw new UserError(`${source}: ${name} must be ${wanted}, got ${show(value)}`, {
    hint: 'the file must be the config.json of a Llama model',
  });
}

function isPositiveInteger(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function unsupported(source: string, what: string): UserError {
  return new UserError(`${source}: ${what}`, {
    hint: 'the model would compute another function here; choose a plain Llama checkpoint',
  });
}

/** Parameters by Hugging Face's names, without a copy. A tied read-out is left out, as transformers does. */
export function llamaTensors(params: LlamaParams<NdArray>): Record<string, NdArray> {
  return Object.fromEntries(flattenTree(params as unknown as Tree<NdArray>, isNdArray));
}

// Written by old versions of transformers; it follows from the configuration.
const DERIVED = /^model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/;

/**
 * Parameters from named tensors, without a copy where they are float32. A tied model may carry an
 * `lm_head.weight` equal to the embedding.
 *
 * @param source what the tensors were read from, for messages
 * @throws UserError when a tensor is missing, has another shape or dtype than `config` asks for, or has no place
 */
export function llamaFromTensors(
  config: LlamaConfig,
  tensors: Readonly<Record<string, NdArray>>,
  source: string,
): LlamaParams<NdArray> {
  const specs = llamaSpecs(config) as unknown as Tree<ArraySpec>;
  const wanted = new Map(flattenTree<ArraySpec>(specs, isArraySpec));
  const problems = [
    ...[...wanted].flatMap(([name, spec]) => describeMismatch(name, spec, tensors[name])),
    ...Object.keys(tensors)
      .filter((name) => !wanted.has(name) && !DERIVED.test(name))
      .flatMap((name) => describeExtra(name, config, tensors)),
  ];
  if (problems.length > 0) {
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more that do not fit)` : '';
    throw new UserError(`${source}: ${problems[0]}${more}`, {
      hint: 'the tensors must come from the same model as its configuration',
    });
  }
  return mapTree<ArraySpec, NdArray>(specs, isArraySpec, (spec, name) => {
    const found = tensors[name]!;
    return found.dtype === spec.dtype
      ? found
      : arrayOf(spec.dtype, spec.shape, found.data as Float64Array);
  }) as unknown as LlamaParams<NdArray>;
}

function describeMismatch(name: string, spec: ArraySpec, found: NdArray | undefined): string[] {
  const shape = `[${spec.shape.join(', ')}]`;
  if (!found) return [`the tensor '${name}' ${shape} is missing`];
  const got = `[${found.shape.join(', ')}]`;
  if (got !== shape)
    return [`the tensor '${name}' has shape ${got}, the configuration needs ${shape}`];
  const isFloat = found.dtype === 'float32' || found.dtype === 'float64';
  return isFloat ? [] : [`the tensor '${name}' ${got} is ${found.dtype}, not float32`];
}

function describeExtra(
  name: string,
  config: LlamaConfig,
  tensors: Readonly<Record<string, NdArray>>,
): string[] {
  const shape = `[${tensors[name]!.shape.join(', ')}]`;
  if (name !== READOUT || !config.tieEmbeddings) {
    return [`the tensor '${name}' ${shape} has no place in the model`];
  }
  const embedding = tensors[EMBEDDING];
  const same =
    embedding !== undefined &&
    embedding.data.length === tensors[name]!.data.length &&
    tensors[name]!.data.every((value, i) => value === embedding.data[i]);
  return same
    ? []
    : [`the tensor '${name}' ${shape} differs from '${EMBEDDING}', to which it is tied`];
}
