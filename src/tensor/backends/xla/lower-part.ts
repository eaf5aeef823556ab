// A part of a graph as StableHLO operations.

import type { Graph, Node, Tensor } from '../../graph.ts';
import { findLive } from '../../loop/loop.ts';
import { loweringOf } from './lowerings.ts';
import { barrier, constant, type Value, type Writer } from './stablehlo.ts';

/**
 * Writes what computes `results`.
 *
 * @param begins the tensors where the part begins, by id
 * @param sharded ids of tensors that are cut over devices and collected for products
 * @returns the values of `results`
 */
export function lowerPart(
  writer: Writer,
  graph: Graph,
  results: readonly Tensor[],
  begins: ReadonlyMap<number, Value>,
  sharded: ReadonlySet<number> = new Set(),
): Value[] {
  const { nodes, used } = findLive(graph, results, (x) => begins.has(x.id));
  const values = new Map(begins);
  for (const { tensor, value } of graph.constants) {
    if (used.has(tensor.id) && !begins.has(tensor.id)) {
      values.set(tensor.id, constant(writer, value));
    }
  }
  const found = (x: Tensor) => values.get(x.id)!;
  const collected = new Set<number>();
  /**
   * Whether a product needs what an earlier one has collected. It collects it again when its other operand is there: kept from the
   * forward pass to the backward pass, all parameters would lie on every device.
   */
  const collectsAgain = ({ operation, inputs }: Node) => {
    const parts = inputs.filter(({ id }) => operation.name === 'matmul' && sharded.has(id));
    const isAgain = parts.some(({ id }) => collected.has(id));
    for (const { id } of parts) collected.add(id);
    return isAgain;
  };
  for (const node of nodes) {
    const lowering = loweringOf(node.operation.name);
    if (!lowering) throw new Error(`xla: no lowering of the operation '${node.operation.name}'`);
    const inputs = node.inputs.map(found);
    const given = collectsAgain(node) ? barrier(writer, inputs) : inputs;
    const outputs = lowering(writer, node, given, {
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
