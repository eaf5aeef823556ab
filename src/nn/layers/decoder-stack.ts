// A stack of decoder layers over given vectors, with a choice of attention pattern.

import {
  type AttentionOptions,
  attention,
  matmul,
  mul,
  reshape,
  rope,
  softmax,
  type Tensor,
  transpose,
} from '../../tensor/tracing.ts';
import { type RotarySizes, repeatHeads, rotary, splitHeads } from './attention.ts';
import { type DecoderLayer, type LayerSizes, layerForward } from './decoder-layer.ts';
import { applyNorm, type Norm } from './norm.ts';

export type StackSizes = LayerSizes & RotarySizes & { readonly rmsNormEpsilon: number };

/** The attention pattern: all positions of a row, causal, or given by a bias on the scores (see `attention`). */
export type StackOptions = Omit<AttentionOptions, 'dropout'> & {
  /** Key (int32 `[2]`) and rate of dropout of attention weights; every layer draws a stream of its own. */
  readonly dropout?: { readonly rate: number; readonly key: Tensor } | undefined;
  /** A norm after the last layer. */
  readonly norm?: Norm<Tensor>;
};

/**
 * Hidden states after the layers.
 *
 * @param x `[batch, time, hiddenSize]`
 * @returns `[batch, time, hiddenSize]`
 */
export function stackForward(
  layers: readonly DecoderLayer<Tensor>[],
  sizes: StackSizes,
  x: Tensor,
  { dropout, norm, ...options }: StackOptions = {},
): Tensor {
  const [batch, time] = x.shape as [number, number];
  const { heads, kvHeads = heads } = sizes;
  const table = rotary(sizes, x, time);
  const mix: Mix = (q, k, v, depth) => {
    const split = (t: Tensor, count: number) => splitHeads(t, batch, time, count);
    const mixed = attention(
      rope(split(q, heads), table),
      repeatHeads(rope(split(k, kvHeads), table), heads),
      repeatHeads(split(v, kvHeads), heads),
      { ...options, ...(dropout ? { dropout: { ...dropout, stream: (depth + 1) << 16 } } : {}) },
    );
    return reshape(mixed, q.shape);
  };
  return stackWith(layers, sizes, x, mix, norm);
}

/**
 * Attention weights of each layer without a mask, `[batch, heads, time, time]`: what `attention` computes and does not give.
 *
 * @param x `[batch, time, hiddenSize]`
 */
export function stackAttention(
  layers: readonly DecoderLayer<Tensor>[],
  sizes: StackSizes,
  x: Tensor,
): Tensor[] {
  const [batch, time] = x.shape as [number, number];
  const { heads, kvHeads = heads } = sizes;
  const table = rotary(sizes, x, time);
  const weights: Tensor[] = [];
  const split = (t: Tensor, count: number) => splitHeads(t, batch, time, count);
  stackWith(layers, sizes, x, (q, k, v) => {
    const queries = rope(split(q, heads), table);
    const keys = repeatHeads(rope(split(k, kvHeads), table), heads);
    const scale = queries.shape.at(-1)! ** -0.5;
    weights.push(softmax(mul(matmul(queries, keys, { transposeB: true }), scale)));
    const mixed = matmul(weights.at(-1)!, repeatHeads(split(v, kvHeads), heads));
    return reshape(transpose(mixed, [0, 2, 1, 3]), q.shape);
  });
  return weights;
}

/** Lets positions see each other; queries, keys and values are `[batch · time, heads · size]`, and so is the result. */
export type Mix = (q: Tensor, k: Tensor, v: Tensor, depth: number) => Tensor;

/** The layers, and the norm after the last, with any way of mixing. */
export function stackWith(
  layers: readonly DecoderLayer<Tensor>[],
  sizes: { readonly rmsNormEpsilon: number },
  x: Tensor,
  mix: Mix,
  norm?: Norm<Tensor>,
): Tensor {
  const rows = layers.reduce(
    (hidden, layer, depth) => layerForward(layer, sizes, hidden, (q, k, v) => mix(q, k, v, depth)),
    reshape(x, [-1, x.shape.at(-1)!]),
  );
  // The norm is applied to rows, so its gradient sums over one axis instead of two.
  return reshape(norm ? applyNorm(norm, rows, sizes.rmsNormEpsilon) : rows, x.shape);
}
