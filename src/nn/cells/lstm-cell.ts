// Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).

import {
  add,
  concat,
  gatherRows,
  mul,
  reshape,
  sigmoid,
  split,
  type Tensor,
  tanh,
} from '../../tensor/tracing.ts';
import {
  applyLinear,
  type Linear,
  linearSpecs,
  tableSpecs,
  type Weight,
} from '../layers/linear.ts';
import type { MemoryConfig } from '../memory/memory-config.ts';
import { normalizeMemory } from '../memory/normalize-memory.ts';
import type { Cell } from './cell.ts';

type Params<T> = { readonly embedding: Weight<T>; readonly gates: Linear<T> };

/**
 * The first half of a memory's tokens is the hidden state, the second half the cell state:
 * c' = σ(f + 1) ∘ c + σ(i) ∘ tanh(g), h' = σ(o) ∘ tanh(c'); both are then normalized token by token.
 */
export function createLstmCell(config: MemoryConfig): Cell {
  const { vocabSize, hiddenSize, memoryTokens, embeddingStd } = config;
  const size = (memoryTokens / 2) * hiddenSize;
  const specs = () => ({
    embedding: tableSpecs(vocabSize, hiddenSize, embeddingStd, { role: 'embedding' }),
    gates: linearSpecs(4 * size, hiddenSize + size, { role: 'mixer', bias: true }),
  });
  return {
    kind: 'lstm',
    specs,
    step: (params, memory, token) => {
      const { embedding, gates } = params as unknown as Params<Tensor>;
      const [hidden, cell] = split(reshape(memory, [-1, 2 * size]), 2) as [Tensor, Tensor];
      const x = concat([gatherRows(embedding.weight, token), hidden], 1);
      const parts = split(applyLinear(gates, x), 4) as [Tensor, Tensor, Tensor, Tensor];
      const [input, forget, output, candidate] = parts;
      // A new cell keeps more than it forgets (Jozefowicz et al. 2015).
      const kept = mul(sigmoid(add(forget, 1)), cell);
      const nextCell = add(kept, mul(sigmoid(input), tanh(candidate)));
      const nextHidden = mul(sigmoid(output), tanh(nextCell));
      const next = reshape(concat([nextHidden, nextCell], 1), memory.shape);
      return normalizeMemory(next, config.rmsNormEpsilon);
    },
  };
}
