// The gated recurrent unit (Cho et al. 2014) over a memory as one flat state.

import {
  add,
  gatherRows,
  mul,
  reshape,
  sigmoid,
  split,
  sub,
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

type Params<T> = {
  readonly embedding: Weight<T>;
  readonly fromInput: Linear<T>;
  readonly fromState: Linear<T>;
};

/**
 * r, z = sigmoid(·), n = tanh(W x + r ∘ (U h + b)), h' = (1 − z) ∘ n + z ∘ h on the flat memory h (K · d numbers),
 * which is then normalized token by token.
 */
export function createGruCell(config: MemoryConfig): Cell {
  const { vocabSize, hiddenSize, memoryTokens, embeddingStd } = config;
  const size = memoryTokens * hiddenSize;
  const specs = () => ({
    embedding: tableSpecs(vocabSize, hiddenSize, embeddingStd, { role: 'embedding' }),
    fromInput: linearSpecs(3 * size, hiddenSize, { role: 'mixer', bias: true }),
    fromState: linearSpecs(3 * size, size, { role: 'mixer', bias: true }),
  });
  return {
    kind: 'gru',
    specs,
    step: (params, memory, token) => {
      const { embedding, fromInput, fromState } = params as unknown as Params<Tensor>;
      const state = reshape(memory, [-1, size]);
      const input = gatherRows(embedding.weight, token);
      const [xr, xz, xn] = split(applyLinear(fromInput, input), 3) as [Tensor, Tensor, Tensor];
      const [hr, hz, hn] = split(applyLinear(fromState, state), 3) as [Tensor, Tensor, Tensor];
      const keep = sigmoid(add(xz, hz));
      const candidate = tanh(add(xn, mul(sigmoid(add(xr, hr)), hn)));
      const next = add(candidate, mul(keep, sub(state, candidate)));
      return normalizeMemory(reshape(next, memory.shape), config.rmsNormEpsilon);
    },
  };
}
