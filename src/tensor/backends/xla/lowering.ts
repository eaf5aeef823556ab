// What the lowering of an operation to StableHLO is.

import type { Node } from '../../graph.ts';
import type { Value, Writer } from './stablehlo.ts';

/**
 * Writes what computes the outputs of a node, and gives them in order; where a node has outputs that nobody uses, theirs may
 * be left out.
 *
 * @param inputs in the order of the node's
 * @param used ids of the tensors of the graph that are in use
 */
export type Lowering = (
  writer: Writer,
  node: Node,
  inputs: readonly Value[],
  used: ReadonlySet<number>,
) => readonly (Value | undefined)[];
