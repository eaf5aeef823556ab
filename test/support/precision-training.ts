// Small trainings in bfloat16, and how far apart the losses of two are.

import { deriveLlamaConfig } from '../../src/nn/index.ts';
import type { Training } from './train-llama.ts';

/** So small that the interpreter trains it in a moment. */
export const tinyTraining = (layers: number): Training => ({
  config: deriveLlamaConfig(
    { hiddenSize: 8, intermediateSize: 12, layers, heads: 4, embeddingStd: 0.5 },
    { vocabSize: 17, contextLength: 7 },
  ),
  batch: 3,
  time: 7,
  steps: 10,
  dtype: 'float32',
});

/** The largest distance of two lists of losses, in nats. */
export function lossDistance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((loss, i) => Math.abs(loss - b[i]!)));
}
