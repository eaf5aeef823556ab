// The gated recurrent unit (Cho et al. 2014) over a memory as one flat state.

import { spec } from '../../core/index.ts';
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
} from '../../tensor/index.ts';
import type { Weight } from '../llama.ts';
import type { MemoryConfig } from '../memory/memory-config.ts';
import { normaliseMemory } from '../memory/normalise-memory.ts';
import { initParameters } from '../memory/parameters.ts';
import type { Cell } from './cell.ts';
import { applyLinear, type Linear, linearSpecs } from './linear.ts';

type Params<T> = {
  readonly embedding: Weight<T>;
  readonly fromInput: Linear<T>;
  readonly fromState: Linear<T>;
};

/**
 * r, z = sigmoid(·), n = tanh(W x + r ∘ (U h + b)), h' = (1 − z) ∘ n + z ∘ h on the flat memory h (K · d numbers),
 * which is then normalised token by token.
 */
export function createGruCell(config: MemoryConfig): Cell {
  const { vocabSize, hiddenSize, memoryTokens, embeddingStd } = config;
  const size = memoryTokens * hiddenSize;
  const specs = (dtype: 'float32' | 'float64' = 'float32') => ({
    embedding: { weight: spec(dtype, [vocabSize, hiddenSize]) },
    fromInput: linearSpecs(3 * size, hiddenSize, dtype),
    fromState: linearSpecs(3 * size, size, dtype),
  });
  return {
    kind: 'gru',
    specs: specs as Cell['specs'],
    init: (key) => initParameters(specs(), { embeddingStd, layers: 1 }, key),
    step: (params, memory, token) => {
      const { embedding, fromInput, fromState } = params as unknown as Params<Tensor>;
      const state = reshape(memory, [-1, size]);
      const input = gatherRows(embedding.weight, token);
      const [xr, xz, xn] = split(applyLinear(fromInput, input), 3) as [Tensor, Tensor, Tensor];
      const [hr, hz, hn] = split(applyLinear(fromState, state), 3) as [Tensor, Tensor, Tensor];
      const keep = sigmoid(add(xz, hz));
      const candidate = tanh(add(xn, mul(sigmoid(add(xr, hr)), hn)));
      const next = add(candidate, mul(keep, sub(state, candidate)));
      return normaliseMemory(reshape(next, memory.shape), config.rmsNormEpsilon);
    },
  };
}
