// A stack of Llama's layers over vectors that are given, with a choice of who sees whom.

import { attention, type RotaryTable, reshape, rope, type Tensor } from '../../tensor/index.ts';
import { type DecoderLayer, layerForward } from '../layers/decoder-layer.ts';
import { rotary, splitHeads } from '../llama.ts';
import type { MemoryConfig } from './memory-config.ts';

/** Who sees whom: all of a row, those before, or as a bias on the scores says (see `attention`). */
export type Sight = 'all' | 'before' | { readonly bias: Tensor };

/**
 * Hidden states after the layers, without a last norm.
 *
 * @param x `[batch, time, hiddenSize]`
 * @returns `[batch, time, hiddenSize]`
 */
export function stackForward(
  layers: readonly DecoderLayer<Tensor>[],
  config: MemoryConfig,
  x: Tensor,
  sight: Sight,
): Tensor {
  const [batch, time, width] = x.shape as [number, number, number];
  const table = rotary(config, x, time);
  const options = typeof sight === 'object' ? { bias: sight.bias } : { causal: sight === 'before' };
  return stackWith(layers, config, x, (q, k, v) => {
    const heads = (t: Tensor, angles?: RotaryTable) => {
      const split = splitHeads(t, batch, time, config.heads);
      return angles ? rope(split, angles) : split;
    };
    const mixed = attention(heads(q, table), heads(k, table), heads(v), options);
    return reshape(mixed, [batch * time, width]);
  });
}

/** The layers with any way of mixing: `mix` gets queries, keys and values `[batch · time, hiddenSize]`. */
export function stackWith(
  layers: readonly DecoderLayer<Tensor>[],
  config: MemoryConfig,
  x: Tensor,
  mix: (q: Tensor, k: Tensor, v: Tensor) => Tensor,
): Tensor {
  const rows = layers.reduce(
    (hidden, layer) => layerForward(layer, config, hidden, mix),
    reshape(x, [-1, config.hiddenSize]),
  );
  return reshape(rows, x.shape);
}
