// The normalization of all memories: their tokens have a root mean square of one.

import { full, rmsNorm, type Tensor } from '../../tensor/tracing.ts';

/** Each token of `memory [..., hiddenSize]` over its root mean square; no gain is learned. */
export function normalizeMemory(memory: Tensor, epsilon: number): Tensor {
  const ones = full(memory.graph, [memory.shape.at(-1)!], 1, memory.dtype);
  return rmsNorm(memory, ones, epsilon);
}
