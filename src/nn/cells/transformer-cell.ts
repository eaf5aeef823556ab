// The transformer cell (arXiv 2606.06479): memory tokens and the new token look at one another.

import { concat, gatherRows, reshape, slice, type Tensor } from '../../tensor/tracing.ts';
import { type DecoderLayer, stackSpecs } from '../layers/decoder-layer.ts';
import { stackAttention, stackForward } from '../layers/decoder-stack.ts';
import { tableSpecs, type Weight } from '../layers/linear.ts';
import type { MemoryConfig } from '../memory/memory-config.ts';
import { normalizeMemory } from '../memory/normalize-memory.ts';
import type { Cell, CellParams } from './cell.ts';

type Params<T> = { readonly embedding: Weight<T>; readonly layers: readonly DecoderLayer<T>[] };

/** A bidirectional transformer over [K memory tokens; the token]. Its first K outputs are the new memory. */
export function createTransformerCell(config: MemoryConfig): Cell {
  const { vocabSize, hiddenSize, memoryTokens, cellLayers, embeddingStd } = config;
  const specs = () => ({
    embedding: tableSpecs(vocabSize, hiddenSize, embeddingStd, { role: 'embedding' }),
    layers: stackSpecs(config, cellLayers),
  });
  const inputOf = (params: CellParams<Tensor>, memory: Tensor, token: Tensor) => {
    const { embedding } = params as unknown as Params<Tensor>;
    const input = reshape(gatherRows(embedding.weight, token), [-1, 1, hiddenSize]);
    return concat([memory, input], 1);
  };
  return {
    kind: 'transformer',
    specs,
    step: (params, memory, token) => {
      const { layers } = params as unknown as Params<Tensor>;
      const hidden = stackForward(layers, config, inputOf(params, memory, token));
      return normalizeMemory(slice(hidden, 1, 0, memoryTokens), config.rmsNormEpsilon);
    },
    attend: (params, memory, token) => {
      const { layers } = params as unknown as Params<Tensor>;
      return stackAttention(layers, config, inputOf(params, memory, token));
    },
  };
}
