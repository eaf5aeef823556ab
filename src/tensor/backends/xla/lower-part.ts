// A part of a graph as StableHLO operations.

import type { Graph, Tensor } from '../../graph.ts';
import { findLive } from '../../loop/loop.ts';
import { loweringOf } from './lowerings.ts';
import { constant, type Value, type Writer } from './stablehlo.ts';

/**
 * Writes what computes `results`.
 *
 * @param begins the tensors where the part begins, by id
 * @returns the values of `results`
 */
export function lowerPart(
  writer: Writer,
  graph: Graph,
  results: readonly Tensor[],
  begins: ReadonlyMap<number, Value>,
): Value[] {
  const { nodes, used } = findLive(graph, results, (x) => begins.has(x.id));
  const values = new Map(begins);
  for (const { tensor, value } of graph.constants) {
    if (used.has(tensor.id) && !begins.has(tensor.id)) {
      values.set(tensor.id, constant(writer, value));
    }
  }
  const found = (x: Tensor) => values.get(x.id)!;
  for (const node of nodes) {
    const lowering = loweringOf(node.operation.name);
    if (!lowering) throw new Error(`xla: no lowering of the operation '${node.operation.name}'`);
    const outputs = lowering(writer, node, node.inputs.map(found), {
      used,
      lowerInside: lowerPart,
    });
    node.outputs.forEach((out, i) => {
      const value = outputs[i];
      if (value && !begins.has(out.id)) values.set(out.id, value);
    });
  }
  return results.map(found);
}
