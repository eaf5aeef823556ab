// The order in which parts of a graph run, where memory depends on it.

import { emit, type Tensor } from '../graph.ts';

/**
 * `x`, computed only after `uses`, as far as these are computed at all. Changes no value; it keeps
 * parts that need much memory from being alive at the same time. `uses` may still grow while tracing.
 */
export function after(x: Tensor, uses: readonly Tensor[]): Tensor {
  const out = emit('identity', [x], x);
  x.graph.waits.push({ node: x.graph.producers.get(out.id)!, uses });
  return out;
}
