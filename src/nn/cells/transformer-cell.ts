// The transformer cell (arXiv 2606.06479): memory tokens and the new token look at one another.

import { spec } from '../../core/index.ts';
import { concat, gatherRows, reshape, slice, type Tensor } from '../../tensor/index.ts';
import type { LlamaLayer, Weight } from '../llama.ts';
import type { MemoryConfig } from '../memory/memory-config.ts';
import { normaliseMemory } from '../memory/normalise-memory.ts';
import { initParameters } from '../memory/parameters.ts';
import { stackForward, stackSpecs } from '../memory/transformer.ts';
import type { Cell, CellParams } from './cell.ts';

type Params<T> = { readonly embedding: Weight<T>; readonly layers: readonly LlamaLayer<T>[] };

/** A bidirectional transformer over [K memory tokens; the token], of which the first K outputs are the new memory. */
export function createTransformerCell(config: MemoryConfig): Cell {
  const { vocabSize, hiddenSize, memoryTokens, cellLayers, embeddingStd } = config;
  const specs: Cell['specs'] = (dtype = 'float32') => ({
    embedding: { weight: spec(dtype, [vocabSize, hiddenSize]) },
    layers: stackSpecs(config, cellLayers, dtype) as unknown as CellParams<never>[],
  });
  return {
    kind: 'transformer',
    specs,
    init: (key) => initParameters(specs(), { embeddingStd, layers: cellLayers }, key),
    step: (params, memory, token) => {
      const { embedding, layers } = params as unknown as Params<Tensor>;
      const input = reshape(gatherRows(embedding.weight, token), [-1, 1, hiddenSize]);
      const hidden = stackForward(layers, config, concat([memory, input], 1), 'all');
      return normaliseMemory(slice(hidden, 1, 0, memoryTokens), config.rmsNormEpsilon);
    },
  };
}
