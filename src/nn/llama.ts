// The Llama decoder (Touvron et al. 2023): RMSNorm, rotary positions, SwiGLU, optional grouped queries and biases.
// Parameters are a tree whose paths are Hugging Face's tensor names, in Hugging Face's layout.

import {
  type ArraySpec,
  arrayOf,
  type DType,
  foldIn,
  isArraySpec,
  type Key,
  mapTree,
  type NdArray,
  normal,
  sizeOf,
  spec,
  type Tree,
} from '../core/index.ts';
import {
  add,
  attention,
  expand,
  gatherRows,
  linearCrossEntropy,
  matmul,
  type RotaryTable,
  reshape,
  rmsNorm,
  rope,
  rotaryTable,
  slice,
  swiglu,
  type Tensor,
  transpose,
} from '../tensor/index.ts';
import type { LlamaConfig } from './llama-config.ts';
import { positionsPerRadian } from './rotary-frequencies.ts';

export type Weight<T> = { readonly weight: T };
/** A projection `[out, in]`, where the configuration says so with a bias `[out]`. */
export type Projection<T> = { readonly weight: T; readonly bias?: T };

/** One decoder layer. */
export type LlamaLayer<T> = {
  readonly self_attn: {
    readonly q_proj: Projection<T>;
    readonly k_proj: Projection<T>;
    readonly v_proj: Projection<T>;
    readonly o_proj: Projection<T>;
  };
  readonly mlp: {
    readonly gate_proj: Projection<T>;
    readonly up_proj: Projection<T>;
    readonly down_proj: Projection<T>;
  };
  readonly input_layernorm: Weight<T>;
  readonly post_attention_layernorm: Weight<T>;
};

/** All parameters; `lm_head` is absent where the read-out is tied to the embedding. */
export type LlamaParams<T> = {
  readonly model: {
    readonly embed_tokens: Weight<T>;
    readonly layers: readonly LlamaLayer<T>[];
    readonly norm: Weight<T>;
  };
  readonly lm_head?: Weight<T>;
};

/** Shapes of all parameters. */
export function llamaSpecs(config: LlamaConfig, dtype: DType = 'float32'): LlamaParams<ArraySpec> {
  const { hiddenSize: d, vocabSize } = config;
  const weight = (...shape: number[]): Weight<ArraySpec> => ({ weight: spec(dtype, shape) });
  return {
    model: {
      embed_tokens: weight(vocabSize, d),
      layers: Array.from({ length: config.layers }, () => layerSpecs(config, dtype)),
      norm: weight(d),
    },
    ...(config.tieEmbeddings ? {} : { lm_head: weight(vocabSize, d) }),
  };
}

type LayerSizes = Pick<LlamaConfig, 'hiddenSize' | 'intermediateSize' | 'heads' | 'kvHeads'> &
  Partial<Pick<LlamaConfig, 'headDim' | 'attentionBias' | 'mlpBias'>>;

/** Shapes of one layer. */
export function layerSpecs(config: LayerSizes, dtype: DType = 'float32'): LlamaLayer<ArraySpec> {
  const { hiddenSize: d, intermediateSize: f, heads, kvHeads } = config;
  const { headDim = d / heads, attentionBias = 'none', mlpBias = false } = config;
  const [q, kv] = [heads * headDim, kvHeads * headDim];
  const norm = (): Weight<ArraySpec> => ({ weight: spec(dtype, [d]) });
  const project = (to: number, from: number, hasBias: boolean): Projection<ArraySpec> => ({
    weight: spec(dtype, [to, from]),
    ...(hasBias ? { bias: spec(dtype, [to]) } : {}),
  });
  const qkvBias = attentionBias !== 'none';
  return {
    self_attn: {
      q_proj: project(q, d, qkvBias),
      k_proj: project(kv, d, qkvBias),
      v_proj: project(kv, d, qkvBias),
      o_proj: project(d, q, attentionBias === 'qkvo'),
    },
    mlp: {
      gate_proj: project(f, d, mlpBias),
      up_proj: project(f, d, mlpBias),
      down_proj: project(d, f, mlpBias),
    },
    input_layernorm: norm(),
    post_attention_layernorm: norm(),
  };
}

/** Standard deviation with which a matrix starts; norms start at one, biases at zero. */
export function initialStd(config: LlamaConfig, path: string, shape: readonly number[]): number {
  if (path.includes('embed_tokens') || path.includes('lm_head')) return config.embeddingStd;
  const fanIn = shape.at(-1)! ** -0.5;
  // What is added to the residual stream is scaled down with depth (Radford et al. 2019).
  const residual = path.includes('o_proj') || path.includes('down_proj');
  return residual ? fanIn / Math.sqrt(2 * config.layers) : fanIn;
}

/** Random parameters. A parameter depends on the key and its own name and shape only. */
export function initLlama(config: LlamaConfig, key: Key): LlamaParams<NdArray> {
  const specs = llamaSpecs(config) as unknown as Tree<ArraySpec>;
  return mapTree<ArraySpec, NdArray>(specs, isArraySpec, ({ dtype, shape }, path) => {
    const count = sizeOf(shape);
    if (shape.length === 1) {
      const value = path.endsWith('.bias') ? 0 : 1;
      return arrayOf(dtype, shape, new Float32Array(count).fill(value));
    }
    const std = Math.fround(initialStd(config, path, shape));
    const data = normal(foldIn(key, path), count);
    for (let i = 0; i < count; i++) data[i]! *= std;
    return { dtype, shape, data };
  }) as unknown as LlamaParams<NdArray>;
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

/** One layer on `x [rows, hiddenSize]`; `mix` lets positions see each other. */
export function layerForward(
  layer: LlamaLayer<Tensor>,
  config: Pick<LlamaConfig, 'rmsNormEpsilon'>,
  x: Tensor,
  mix: (q: Tensor, k: Tensor, v: Tensor) => Tensor,
): Tensor {
  const { self_attn, mlp } = layer;
  const a = rmsNorm(x, layer.input_layernorm.weight, config.rmsNormEpsilon);
  const mixed = mix(
    project(a, self_attn.q_proj),
    project(a, self_attn.k_proj),
    project(a, self_attn.v_proj),
  );
  const h = add(x, project(mixed, self_attn.o_proj));
  const b = rmsNorm(h, layer.post_attention_layernorm.weight, config.rmsNormEpsilon);
  const gated = swiglu(project(b, mlp.gate_proj), project(b, mlp.up_proj));
  return add(h, project(gated, mlp.down_proj));
}

function project(x: Tensor, { weight, bias }: Projection<Tensor>): Tensor {
  const product = matmul(x, weight, { transposeB: true });
  return bias ? add(product, bias) : product;
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
