// Random parameters of a tree of shapes, each drawn by its own name.

import {
  type ArraySpec,
  arrayOf,
  foldIn,
  isArraySpec,
  type Key,
  mapTree,
  type NdArray,
  normal,
  sizeOf,
  type Tree,
} from '../../core/index.ts';

/** How parameters start: norms at one, biases at zero, the rest normal. */
export type InitialScale = {
  /** Standard deviation of embeddings and registers. */
  readonly embeddingStd: number;
  /** Layers whose results add up: what they add is scaled by 1 / sqrt(2 · layers) (Radford et al. 2019). */
  readonly layers: number;
};

/**
 * Parameters of the shapes `specs`: matrices `[out, in]` are normal with standard deviation in^(−1/2). A parameter
 * depends on the key and its own path and shape only.
 */
export function initParameters<T>(specs: Tree<ArraySpec>, scale: InitialScale, key: Key): T {
  return mapTree<ArraySpec, NdArray>(specs, isArraySpec, ({ dtype, shape }, path) => {
    const count = sizeOf(shape);
    if (path.endsWith('bias')) return arrayOf(dtype, shape, new Float32Array(count));
    if (shape.length === 1) return arrayOf(dtype, shape, new Float32Array(count).fill(1));
    const std = Math.fround(standardDeviation(path, shape, scale));
    const data = normal(foldIn(key, path), count);
    for (let i = 0; i < count; i++) data[i]! *= std;
    return arrayOf(dtype, shape, data);
  }) as T;
}

function standardDeviation(
  path: string,
  shape: readonly number[],
  { embeddingStd, layers }: InitialScale,
): number {
  if (/(^|\.)(embedding|registers)\./.test(path)) return embeddingStd;
  const fanIn = shape.at(-1)! ** -0.5;
  return /(o_proj|down_proj)/.test(path) ? fanIn / Math.sqrt(2 * layers) : fanIn;
}
