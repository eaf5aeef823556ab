// The Llama decoder (Touvron et al. 2023): RMSNorm, rotary positions, SwiGLU, optional grouped queries and biases.
// Parameters are a tree whose paths are Hugging Face's tensor names, in Hugging Face's layout.

import { initParams, type Key, type NdArray, type ParamSpec } from '../core/index.ts';
import {
  attention,
  expand,
  gatherRows,
  linearCrossEntropy,
  type RotaryTable,
  reshape,
  rmsNorm,
  rope,
  rotaryTable,
  slice,
  type Tensor,
  transpose,
} from '../tensor/index.ts';
import { type DecoderLayer, layerForward, stackSpecs } from './layers/decoder-layer.ts';
import { gainSpecs, tableSpecs, type Weight } from './layers/linear.ts';
import type { LlamaConfig } from './llama-config.ts';
import { positionsPerRadian } from './rotary-frequencies.ts';

/** All parameters; `lm_head` is absent where the read-out is tied to the embedding. */
export type LlamaParams<T> = {
  readonly model: {
    readonly embed_tokens: Weight<T>;
    readonly layers: readonly DecoderLayer<T>[];
    readonly norm: Weight<T>;
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
      norm: gainSpecs(hiddenSize),
    },
    ...(tieEmbeddings ? {} : { lm_head: table('head') }),
  };
}

/** Random parameters. */
export function initLlama(config: LlamaConfig, key: Key): LlamaParams<NdArray> {
  return initParams(llamaSpecs(config), key);
}

/** How a forward pass is computed. */
export type LlamaPass = {
  /** Query rows handled at a time in attention; by default as suits the length. */
  readonly attentionChunk?: number;
  /** Key for dropout (int32 `[2]`); without it nothing is dropped. */
  readonly dropoutKey?: Tensor;
};

/**
 * Hidden states after the last norm.
 *
 * @param tokens ids, int32 `[batch, time]`
 * @returns `[batch · time, hiddenSize]`
 */
export function llamaHidden(
  params: LlamaParams<Tensor>,
  config: LlamaConfig,
  tokens: Tensor,
  pass: LlamaPass = {},
): Tensor {
  const [batch, time] = tokens.shape as [number, number];
  const embedding = params.model.embed_tokens.weight;
  const table = rotary(config, embedding, time);
  const rowChunk = pass.attentionChunk ?? defaultAttentionChunk(time);
  let x = reshape(gatherRows(embedding, tokens), [batch * time, config.hiddenSize]);
  params.model.layers.forEach((layer, depth) => {
    x = layerForward(layer, config, x, (q, k, v) => {
      const heads = (t: Tensor, count: number) => splitHeads(t, batch, time, count);
      const dropout =
        pass.dropoutKey && config.attentionDropout > 0
          ? { rate: config.attentionDropout, key: pass.dropoutKey, stream: (depth + 1) << 16 }
          : undefined;
      const mixed = attention(
        rope(heads(q, config.heads), table),
        repeatHeads(rope(heads(k, config.kvHeads), table), config),
        repeatHeads(heads(v, config.kvHeads), config),
        { causal: true, rowChunk, ...(dropout ? { dropout } : {}) },
      );
      return reshape(mixed, [batch * time, config.heads * config.headDim]);
    });
  });
  return rmsNorm(x, params.model.norm.weight, config.rmsNormEpsilon);
}

/**
 * Losses in nats and most probable tokens, from position `firstPosition` of each sequence on.
 *
 * @param tokens,targets ids, int32 `[batch, time]`
 * @returns losses `[batch, time − firstPosition]`, predictions (int64) of the same shape
 */
export function llamaLosses(
  params: LlamaParams<Tensor>,
  config: LlamaConfig,
  tokens: Tensor,
  targets: Tensor,
  options: LlamaPass & { firstPosition?: number; lossChunk?: number } = {},
): { losses: Tensor; predictions: Tensor } {
  const [batch, time] = tokens.shape as [number, number];
  const first = options.firstPosition ?? 0;
  const rows = batch * (time - first);
  const hidden = reshape(llamaHidden(params, config, tokens, options), [batch, time, -1]);
  const { losses, predictions } = linearCrossEntropy(
    reshape(slice(hidden, 1, first), [rows, config.hiddenSize]),
    readout(params),
    reshape(slice(targets, 1, first), [rows]),
    { rowChunk: options.lossChunk ?? defaultLossChunk(config.vocabSize) },
  );
  const shape = [batch, time - first];
  return { losses: reshape(losses, shape), predictions: reshape(predictions, shape) };
}

/** The read-out matrix `[vocabSize, hiddenSize]`. */
export function readout<T>(params: LlamaParams<T>): T {
  return (params.lm_head ?? params.model.embed_tokens).weight;
}

/** `[batch · time, heads · size]` → `[batch, heads, time, size]` */
export function splitHeads(x: Tensor, batch: number, time: number, heads: number): Tensor {
  return transpose(reshape(x, [batch, time, heads, -1]), [0, 2, 1, 3]);
}

/** Repeats key or value heads so that every query head has one. */
export function repeatHeads(x: Tensor, config: LlamaConfig): Tensor {
  const groups = config.heads / config.kvHeads;
  if (groups === 1) return x;
  const [batch, kvHeads, time, size] = x.shape as [number, number, number, number];
  const wide = expand(reshape(x, [batch, kvHeads, 1, time, size]), [
    batch,
    kvHeads,
    groups,
    time,
    size,
  ]);
  return reshape(wide, [batch, config.heads, time, size]);
}

/** Angles of positions 0 to `positions − 1`, in the dtype and graph of `like`. */
export function rotary(
  config: Pick<LlamaConfig, 'hiddenSize' | 'heads' | 'ropeBase'> &
    Partial<Pick<LlamaConfig, 'headDim' | 'ropeScaling'>>,
  like: Tensor,
  positions: number,
): RotaryTable {
  const { headDim = config.hiddenSize / config.heads, ropeBase, ropeScaling = null } = config;
  const periods = positionsPerRadian(headDim, ropeBase, ropeScaling);
  return rotaryTable(like.graph, positions, headDim, periods, like.dtype);
}

function defaultAttentionChunk(time: number): number {
  return Math.min(time, 128);
}

/** Rows whose logits take about 20 MB: small enough for a cache, large enough to amortise the sums. */
function defaultLossChunk(vocabSize: number): number {
  return Math.max(64, 2 ** Math.floor(Math.log2(5_200_000 / vocabSize)));
}
