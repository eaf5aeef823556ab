// What the lowering of an operation to StableHLO is.

import type { Graph, Node, Tensor } from '../../graph.ts';
import type { Value, Writer } from './stablehlo.ts';

/** The part of a graph that is being written. */
export type Part = {
  /** Ids of the tensors that are in use. */
  readonly used: ReadonlySet<number>;
  /**
   * Writes what computes `results` of a graph inside of an operation.
   *
   * @param begins the tensors where it begins, by id
   */
  lowerInside(
    writer: Writer,
    graph: Graph,
    results: readonly Tensor[],
    begins: ReadonlyMap<number, Value>,
  ): Value[];
};

/**
 * Writes what computes the outputs of a node, and gives them in order; those that nobody uses may be left out.
 *
 * @param inputs in the order of the node's
 */
export type Lowering = (
  writer: Writer,
  node: Node,
  inputs: readonly Value[],
  part: Part,
) => readonly (Value | undefined)[];
