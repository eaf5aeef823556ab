// The Llama decoder (Touvron et al. 2023): RMSNorm, rotary positions, SwiGLU, optional grouped queries and biases.
// Parameters are a tree whose paths are Hugging Face's tensor names, in Hugging Face's layout.

import { initParams, type Key, type NdArray, type ParamSpec } from '../../../core/index.ts';
import { gatherRows, type Tensor } from '../../../tensor/tracing.ts';
import { type DecoderLayer, stackSpecs } from '../../layers/decoder-layer.ts';
import { stackForward } from '../../layers/decoder-stack.ts';
import { tableSpecs, type Weight } from '../../layers/linear.ts';
import { type Norm, normSpecs } from '../../layers/norm.ts';
import { sequenceLosses } from '../../layers/readout.ts';
import type { Pass } from '../model.ts';
import type { LlamaConfig } from './llama-config.ts';

/** All parameters; `lm_head` is absent if the read-out is tied to the embedding. */
export type LlamaParams<T> = {
  readonly model: {
    readonly embed_tokens: Weight<T>;
    readonly layers: readonly DecoderLayer<T>[];
    readonly norm: Norm<T>;
  };
  readonly lm_head?: Weight<T>;
};

/** Specs of all parameters. */
export function llamaSpecs(config: LlamaConfig): LlamaParams<ParamSpec> {
  const { hiddenSize, vocabSize, layers, tieEmbeddings, embeddingStd: std } = config;
  const table = (role: 'embedding' | 'head') => tableSpecs(vocabSize, hiddenSize, std, { role });
  return {
    model: {
      embed_tokens: table('embedding'),
      layers: stackSpecs(config, layers),
      norm: normSpecs(hiddenSize),
    },
    ...(tieEmbeddings ? {} : { lm_head: table('head') }),
  };
}

/** Random parameters. */
export function initLlama(config: LlamaConfig, key: Key): LlamaParams<NdArray> {
  return initParams(llamaSpecs(config), key);
}

/**
 * Hidden states after the last norm.
 *
 * @param tokens ids, int32 `[batch, time]`
 * @returns `[batch, time, hiddenSize]`
 */
export function llamaHidden(
  params: LlamaParams<Tensor>,
  config: LlamaConfig,
  tokens: Tensor,
  pass: Pass = {},
): Tensor {
  const { attentionDropout: rate } = config;
  const { dropoutKey: key } = pass;
  const x = gatherRows(params.model.embed_tokens.weight, tokens);
  return stackForward(params.model.layers, config, x, {
    causal: true,
    dropout: key && rate > 0 ? { rate, key } : undefined,
    norm: params.model.norm,
  });
}

/**
 * Losses in nats and most probable tokens, from position `firstPosition` of each sequence on.
 *
 * @param tokens ids, int32 `[batch, time]`
 * @param targets the same, of the tokens to predict
 * @returns losses `[batch, time − firstPosition]`, predictions (int64) of the same shape
 */
export function llamaLosses(
  params: LlamaParams<Tensor>,
  config: LlamaConfig,
  tokens: Tensor,
  targets: Tensor,
  options: Pass & { firstPosition?: number } = {},
): { losses: Tensor; predictions: Tensor } {
  const hidden = llamaHidden(params, config, tokens, options);
  return sequenceLosses(hidden, { weight: readout(params) }, targets, options);
}

/** The read-out matrix `[vocabSize, hiddenSize]`. */
export function readout<T>(params: LlamaParams<T>): T {
  return (params.lm_head ?? params.model.embed_tokens).weight;
}
