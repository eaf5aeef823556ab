// What a traced program means, computed plainly in float64: the oracle that backends are compared with.

import { allocate, type DType, type NdArray, sizeOf } from '../../../core/index.ts';
import {
  createGraph,
  type Graph,
  input,
  type Node,
  type Tensor,
  type Values,
} from '../../graph.ts';
import type { NamedTensor } from '../../program.ts';
import { liveNodes } from '../../rewrite.ts';
import { formatShape } from '../../shape.ts';

/**
 * The values of `results`.
 *
 * @param inputs by the names of the graph's inputs
 */
export function interpretGraph(
  graph: Graph,
  results: readonly NamedTensor[],
  inputs: ReadonlyMap<string, Values>,
): Values[] {
  const values = new Map<number, Values>();
  for (const { name, tensor } of graph.inputs) {
    const value = inputs.get(name);
    if (value) values.set(tensor.id, value);
  }
  for (const { tensor, value } of graph.constants) values.set(tensor.id, toValues(value));
  const valuesOf = (x: Tensor) => values.get(x.id)!;
  const live = liveNodes({ graph, results });
  for (const node of graph.nodes) {
    if (!live.has(node)) continue;
    const found = interpretNode(node, node.inputs.map(valuesOf));
    node.outputs.forEach((out, i) => {
      if (found[i]!.length !== sizeOf(out.shape)) {
        throw new Error(
          `${node.operation.name}: interpreted as ${found[i]!.length} elements for ${formatShape(out.shape)}`,
        );
      }
      values.set(out.id, { shape: out.shape, data: found[i]! });
    });
  }
  return results.map(({ tensor }) => valuesOf(tensor));
}

function interpretNode(node: Node, inputs: readonly Values[]): readonly Float64Array[] {
  const { operation, attributes, outputs } = node;
  if (operation.interpret) return operation.interpret(inputs, attributes, outputs);
  if (!operation.decompose) {
    throw new Error(`the operation '${operation.name}' has neither a meaning nor a decomposition`);
  }
  const graph = createGraph();
  graph.tapeOff = 1;
  const given = node.inputs.map((x, i) => input(graph, `${i}`, x));
  const results = operation
    .decompose(given, attributes)
    .map((tensor, i) => ({ name: `${i}`, tensor }));
  const named = new Map(inputs.map((value, i) => [`${i}`, value]));
  return interpretGraph(graph, results, named).map(({ data }) => data);
}

/** An array as float64. */
export function toValues({ shape, data }: NdArray): Values {
  return { shape, data: Float64Array.from(data as ArrayLike<number>, Number) };
}

/** An array of a dtype; a float32 is rounded here and nowhere before. */
export function toArray({ shape, data }: Values, dtype: DType): NdArray {
  const array: NdArray = { dtype, shape, data: allocate(dtype, data.length) };
  data.forEach((value, i) => {
    array.data[i] = dtype === 'int64' ? BigInt(value) : value;
  });
  return array;
}
