// One token at a time through the Llama decoder. Keys and values of earlier positions are kept in
// a cache, so a step computes one position only.

import { type ArraySpec, spec } from '../../../core/index.ts';
import {
  add,
  attention,
  equal,
  expand,
  FORBIDDEN,
  gatherRows,
  lessEqual,
  range,
  reshape,
  rope,
  scalar,
  type Tensor,
  transpose,
  where,
} from '../../../tensor/tracing.ts';
import { rotary, splitHeads } from '../../layers/attention.ts';
import { type Mix, stackWith } from '../../layers/decoder-stack.ts';
import type { LlamaParams } from './llama.ts';
import type { LlamaConfig } from './llama-config.ts';

/** How many tokens the cache has, `[]`; and rotated keys and values by layer, `[batch, kvHeads, capacity, headDim]`. */
export type LlamaCache<T> = {
  readonly position: T;
  readonly layers: readonly { readonly keys: T; readonly values: T }[];
};

/** Specs of a cache; an empty one is zero. */
export function cacheSpecs(
  { layers, kvHeads, headDim }: LlamaConfig,
  { batch, capacity }: { readonly batch: number; readonly capacity: number },
): LlamaCache<ArraySpec> {
  const leaf = () => spec('float32', [batch, kvHeads, capacity, headDim]);
  return {
    position: spec('int32', []),
    layers: Array.from({ length: layers }, () => ({ keys: leaf(), values: leaf() })),
  };
}

/**
 * The hidden states of `tokens`, which are at the cache's position of their sequences: the same numbers that a forward pass
 * over all tokens so far gives for the last one. Entries after the position are ignored.
 *
 * @param cache as `cacheSpecs` describes it, with room for one token more
 * @param tokens ids, int32 `[batch]`
 * @returns hidden states `[batch, hiddenSize]`, and the cache with the tokens in it
 */
export function llamaStep(
  params: LlamaParams<Tensor>,
  config: LlamaConfig,
  cache: LlamaCache<Tensor>,
  tokens: Tensor,
): { hidden: Tensor; state: LlamaCache<Tensor> } {
  const batch = tokens.shape[0]!;
  const { heads, kvHeads, headDim } = config;
  const capacity = cache.layers[0]!.keys.shape[2]!;
  const groups = heads / kvHeads;
  const embedding = params.model.embed_tokens.weight;
  const at = reshape(cache.position, [1]);
  const table = rotary(config, embedding, capacity);
  const angles = { cos: gatherRows(table.cos, at), sin: gatherRows(table.sin, at) };
  const positions = range(embedding.graph, capacity, at.dtype);
  const isHere = reshape(equal(positions, at), [capacity, 1]);
  const allowed = scalar(embedding.graph, 0, embedding.dtype);
  const bias = expand(where(lessEqual(positions, at), allowed, FORBIDDEN), [groups, capacity]);

  const layers: { keys: Tensor; values: Tensor }[] = [];
  const x = gatherRows(embedding, tokens);
  const mix: Mix = (q, k, v, depth) => {
    const split = (t: Tensor, count: number) => splitHeads(t, batch, 1, count);
    const { keys, values } = cache.layers[depth]!;
    const filled = {
      keys: where(isHere, rope(split(k, kvHeads), angles), keys),
      values: where(isHere, split(v, kvHeads), values),
    };
    layers.push(filled);
    // Query heads that share a key head are rows of one product, so the cache is never repeated.
    const queries = reshape(rope(split(q, heads), angles), [batch, kvHeads, groups, headDim]);
    const mixed = attention(queries, filled.keys, filled.values, { bias });
    const byGroup = reshape(mixed, [batch, groups, kvHeads, headDim]);
    return reshape(transpose(byGroup, [0, 2, 1, 3]), [batch, heads * headDim]);
  };
  const hidden = stackWith(params.model.layers, config, x, mix, params.model.norm);
  return { hidden, state: { position: add(cache.position, 1), layers } };
}
