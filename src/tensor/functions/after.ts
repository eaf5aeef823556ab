// The order in which parts of a graph run, where memory depends on it.

import type { Tensor } from '../graph.ts';
import { identity } from '../operations/identity.ts';

/**
 * `x`, computed only after `uses`, as far as these are computed at all. Changes no value; it keeps
 * parts that need much memory from being alive at the same time. `uses` may still grow while tracing.
 */
export function after(x: Tensor, uses: readonly Tensor[]): Tensor {
  const out = identity(x);
  x.graph.waits.push({ node: x.graph.producers.get(out.id)!, uses });
  return out;
}
