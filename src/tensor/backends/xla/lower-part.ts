// A part of a graph as StableHLO operations.

import type { Graph, Node, Tensor } from '../../graph.ts';
import { findLive } from '../../loop/loop.ts';
import { schedule } from '../../schedule.ts';
import { loweringOf } from './lowerings.ts';
import type { Value, Writer } from './stablehlo.ts';
import * as hlo from './stablehlo.ts';

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
      values.set(tensor.id, hlo.constant(writer, value));
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
  for (const { node, waited } of schedule(graph, nodes, new Set(begins.keys()))) {
    const lowering = loweringOf(node.operation.name);
    if (!lowering) throw new Error(`xla: no lowering of the operation '${node.operation.name}'`);
    const inputs = node.inputs.map(found);
    if (waited.length > 0) inputs[0] = delay(writer, inputs[0]!, waited.map(found));
    const given = collectsAgain(node) ? hlo.barrier(writer, inputs) : inputs;
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

/**
 * XLA orders operations by data dependencies only, so waiting must be one: zeros that come out of what is waited for are added.
 * "Greater than infinity" is false even for NaN, so a diverged value does not spread.
 */
function delay(writer: Writer, x: Value, waited: readonly Value[]): Value {
  const bits = waited.map((value) => {
    // Whatever it holds, one element is enough.
    const first = value.shape.map(() => 0);
    const one = hlo.slice(
      writer,
      value,
      first,
      first.map(() => 1),
    );
    const sample = hlo.convert(writer, hlo.reshape(writer, one, []), 'f32');
    const infinity = hlo.scalar(writer, 'f32', Number.POSITIVE_INFINITY);
    return hlo.compare(writer, 'GT', sample, infinity);
  });
  const any = bits.reduce((a, b) => hlo.elementwise(writer, 'or', [a, b]));
  const zero = hlo.broadcast(writer, hlo.convert(writer, any, x.element), x.shape);
  return hlo.elementwise(writer, 'add', [x, zero]);
}
