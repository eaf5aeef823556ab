// A cell over a sequence, one token after the other inside of one graph.

import { expand, reshape, slice, stopGradient, type Tensor } from '../../tensor/index.ts';
import { createCell } from '../cells/create-cell.ts';
import type { MemoryConfig } from './memory-config.ts';
import type { RecurrentParams } from './memory-models.ts';

/**
 * Memories `[batch, memoryTokens, hiddenSize]` after each token, from the network's initial state.
 *
 * @param tokens ids, int32 `[batch, time]`
 * @param truncation gradients go back to the last multiple of so many steps; through all where absent
 */
export function unrollCell(
  params: RecurrentParams<Tensor>,
  config: MemoryConfig,
  tokens: Tensor,
  truncation?: number,
): readonly Tensor[] {
  const [batch, time] = tokens.shape as [number, number];
  const cell = createCell(config);
  let memory = expand(params.initial, [batch, config.memoryTokens, config.hiddenSize]);
  return Array.from({ length: time }, (_, t) => {
    const cut = truncation !== undefined && t > 0 && t % truncation === 0;
    const token = reshape(slice(tokens, 1, t, t + 1), [batch]);
    memory = cell.step(params.cell, cut ? stopGradient(memory) : memory, token);
    return memory;
  });
}
