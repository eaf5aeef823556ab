// New models have biases of zero, under which a test of biases would see nothing.

import {
  foldIn,
  isNdArray,
  keyFromSeed,
  mapTree,
  type NdArray,
  normal,
  type Tree,
} from '../../src/core/index.ts';
import type { LlamaParams } from '../../src/nn/index.ts';

/** The parameters with standard normal biases. */
export function withBiases(params: LlamaParams<NdArray>): LlamaParams<NdArray> {
  return mapTree<NdArray, NdArray>(params as unknown as Tree<NdArray>, isNdArray, (value, path) =>
    path.endsWith('.bias')
      ? { ...value, data: normal(foldIn(keyFromSeed(7), path), value.data.length) }
      : value,
  ) as unknown as LlamaParams<NdArray>;
}
