// The order in which parts of a graph run, for cases where memory depends on it.

import type { Tensor } from '../graph.ts';
import { identity } from '../operations/identity.ts';

/**
 * `x`, computed only after those of `uses` that are computed at all. It changes no value; it keeps
 * parts that need much memory from being alive at the same time. `uses` may still grow during tracing.
 */
export function after(x: Tensor, uses: readonly Tensor[]): Tensor {
  const out = identity(x);
  x.graph.waits.push({ node: x.graph.producers.get(out.id)!, uses });
  return out;
}
