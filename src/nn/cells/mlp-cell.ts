// A residual multilayer perceptron as a recurrent cell.

import { add, concat, gatherRows, gelu, reshape, type Tensor } from '../../tensor/tracing.ts';
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
  readonly up: Linear<T>;
  readonly down: Linear<T>;
};

/** m' = m + down(gelu(up([m; embed(x)]))) on the flat memory, normalized token by token. It is 2 · K · d wide inside. */
export function createMlpCell(config: MemoryConfig): Cell {
  const { vocabSize, hiddenSize, memoryTokens, embeddingStd } = config;
  const size = memoryTokens * hiddenSize;
  const specs = () => ({
    embedding: tableSpecs(vocabSize, hiddenSize, embeddingStd, { role: 'embedding' }),
    up: linearSpecs(2 * size, size + hiddenSize, { role: 'mixer', part: 'up', bias: true }),
    down: linearSpecs(size, 2 * size, { role: 'mixer', part: 'down', bias: true }),
  });
  return {
    kind: 'mlp',
    specs,
    step: (params, memory, token) => {
      const { embedding, up, down } = params as unknown as Params<Tensor>;
      const state = reshape(memory, [-1, size]);
      const x = concat([state, gatherRows(embedding.weight, token)], 1);
      const next = add(state, applyLinear(down, gelu(applyLinear(up, x))));
      return normalizeMemory(reshape(next, memory.shape), config.rmsNormEpsilon);
    },
  };
}
