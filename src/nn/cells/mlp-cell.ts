// A residual multilayer perceptron as a recurrent cell.

import { spec } from '../../core/index.ts';
import { add, concat, gatherRows, gelu, reshape, type Tensor } from '../../tensor/index.ts';
import type { Weight } from '../llama.ts';
import type { MemoryConfig } from '../memory/memory-config.ts';
import { normaliseMemory } from '../memory/normalise-memory.ts';
import { initParameters } from '../memory/parameters.ts';
import type { Cell } from './cell.ts';
import { applyLinear, type Linear, linearSpecs } from './linear.ts';

type Params<T> = {
  readonly embedding: Weight<T>;
  readonly up: Linear<T>;
  readonly down: Linear<T>;
};

/** m' = m + down(gelu(up([m; embed(x)]))) on the flat memory, normalised token by token. It is 2 · K · d wide inside. */
export function createMlpCell(config: MemoryConfig): Cell {
  const { vocabSize, hiddenSize, memoryTokens, embeddingStd } = config;
  const size = memoryTokens * hiddenSize;
  const specs = (dtype: 'float32' | 'float64' = 'float32') => ({
    embedding: { weight: spec(dtype, [vocabSize, hiddenSize]) },
    up: linearSpecs(2 * size, size + hiddenSize, dtype),
    down: linearSpecs(size, 2 * size, dtype),
  });
  return {
    kind: 'mlp',
    specs: specs as Cell['specs'],
    init: (key) => initParameters(specs(), { embeddingStd, layers: 1 }, key),
    step: (params, memory, token) => {
      const { embedding, up, down } = params as unknown as Params<Tensor>;
      const state = reshape(memory, [-1, size]);
      const x = concat([state, gatherRows(embedding.weight, token)], 1);
      const next = add(state, applyLinear(down, gelu(applyLinear(up, x))));
      return normaliseMemory(reshape(next, memory.shape), config.rmsNormEpsilon);
    },
  };
}
