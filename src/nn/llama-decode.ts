// One token at a time through the Llama decoder: keys and values of earlier positions are kept in
// a cache, so that a step costs one position's arithmetic.

import { type ArraySpec, type DType, spec } from '../core/index.ts';
import {
  attention,
  equal,
  expand,
  gatherRows,
  lessEqual,
  matmul,
  range,
  reshape,
  rmsNorm,
  rope,
  scalar,
  type Tensor,
  transpose,
  where,
} from '../tensor/index.ts';
import { layerForward } from './layers/decoder-layer.ts';
import { type LlamaParams, readout, rotary, splitHeads } from './llama.ts';
import type { LlamaConfig } from './llama-config.ts';

/** Rotated keys and values by layer, each `[batch, kvHeads, contextLength, headDim]`. */
export type LlamaCache<T> = readonly { readonly keys: T; readonly values: T }[];

/** Shapes of the cache for `batch` sequences. What an empty cache holds does not matter, as long as it is finite. */
export function cacheSpecs(
  config: LlamaConfig,
  batch: number,
  dtype: DType = 'float32',
): LlamaCache<ArraySpec> {
  const { kvHeads, contextLength, headDim } = config;
  const leaf = () => spec(dtype, [batch, kvHeads, contextLength, headDim]);
  return Array.from({ length: config.layers }, () => ({ keys: leaf(), values: leaf() }));
}

// Far below any score; softmax turns it into an exact zero.
const FORBIDDEN = -1e9;

/**
 * Logits of the token after `tokens`, which stand at `position` of their sequences: the same numbers
 * as a forward pass over positions 0..`position` gives for the last one.
 *
 * Positions must be fed in order from 0; entries of the cache after `position` are not looked at, so
 * that a cache can be used again for another sequence without clearing it.
 *
 * @param tokens ids, int32 `[batch]`
 * @param position int32 `[]` or `[1]`, 0 to `contextLength − 1`, the same for all sequences
 * @param cache as `cacheSpecs` describes it
 * @returns logits `[batch, vocabSize]`, and the cache with `position` filled in
 */
export function decodeStep(
  params: LlamaParams<Tensor>,
  config: LlamaConfig,
  tokens: Tensor,
  position: Tensor,
  cache: LlamaCache<Tensor>,
): { logits: Tensor; cache: LlamaCache<Tensor> } {
  const batch = tokens.shape[0]!;
  const { contextLength, heads, kvHeads, headDim } = config;
  const groups = heads / kvHeads;
  const embedding = params.model.embed_tokens.weight;
  const at = reshape(position, [1]);
  const table = rotary(config, embedding, contextLength);
  const angles = { cos: gatherRows(table.cos, at), sin: gatherRows(table.sin, at) };
  const positions = range(embedding.graph, contextLength, at.dtype);
  const isHere = reshape(equal(positions, at), [contextLength, 1]);
  const allowed = scalar(embedding.graph, 0, embedding.dtype);
  const bias = expand(where(lessEqual(positions, at), allowed, FORBIDDEN), [groups, contextLength]);

  const next: { keys: Tensor; values: Tensor }[] = [];
  let x = gatherRows(embedding, tokens);
  params.model.layers.forEach((layer, depth) => {
    x = layerForward(layer, config, x, (q, k, v) => {
      const split = (t: Tensor, count: number) => splitHeads(t, batch, 1, count);
      const { keys, values } = cache[depth]!;
      const filled = {
        keys: where(isHere, rope(split(k, kvHeads), angles), keys),
        values: where(isHere, split(v, kvHeads), values),
      };
      next.push(filled);
      // Query heads that share a key head stand as rows of one product: the cache is never repeated.
      const queries = reshape(rope(split(q, heads), angles), [batch, kvHeads, groups, headDim]);
      const mixed = attention(queries, filled.keys, filled.values, { bias });
      const byGroup = reshape(mixed, [batch, groups, kvHeads, headDim]);
      return reshape(transpose(byGroup, [0, 2, 1, 3]), [batch, heads * headDim]);
    });
  });
  const hidden = rmsNorm(x, params.model.norm.weight, config.rmsNormEpsilon);
  return { logits: matmul(hidden, readout(params), { transposeB: true }), cache: next };
}
