// The meaning of a traced program, computed by plain loops in float64: the reference for backends.

import {
  arrayOf,
  bfloat16ToNumber,
  type DType,
  type NdArray,
  roundToBfloat16,
  sizeOf,
} from '../../../core/index.ts';
import type { NamedTensor } from '../../graph.ts';
import {
  createGraph,
  type Graph,
  input,
  type Node,
  type Tensor,
  type Values,
} from '../../graph.ts';
import { findLive, isLoop, loopOf, neededParts } from '../../loop/loop.ts';
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
  const begin = graph.inputs.flatMap(({ name, tensor }): [number, Values][] => {
    const value = inputs.get(name);
    return value ? [[tensor.id, value]] : [];
  });
  return interpretPart(
    graph,
    results.map(({ tensor }) => tensor),
    new Map(begin),
  );
}

/** The values of `tensors`, from the values (by id) of the tensors where a part of the graph begins. */
function interpretPart(
  graph: Graph,
  tensors: readonly Tensor[],
  begin: ReadonlyMap<number, Values>,
): Values[] {
  const { nodes, used } = findLive(graph, tensors, (x) => begin.has(x.id));
  const values = new Map(begin);
  for (const { tensor, value } of graph.constants) {
    if (used.has(tensor.id)) values.set(tensor.id, toValues(value));
  }
  const valuesOf = (x: Tensor) => values.get(x.id)!;
  for (const node of nodes) {
    const inputs = node.inputs.map(valuesOf);
    const found = isLoop(node) ? interpretLoop(node, inputs, used) : interpretNode(node, inputs);
    node.outputs.forEach((out, i) => {
      const data = found[i];
      if (data === undefined || begin.has(out.id)) return;
      if (data.length !== sizeOf(out.shape)) {
        throw new Error(
          `${node.operation.name}: interpreted as ${data.length} elements for ${formatShape(out.shape)}`,
        );
      }
      values.set(out.id, { shape: out.shape, data: roundTo(out.dtype, data) });
    });
  }
  return tensors.map(valuesOf);
}

/** A result in bfloat16 is the nearest to the exact one. */
function roundTo(dtype: DType, data: Float64Array): Float64Array {
  return dtype === 'bfloat16' ? data.map(roundToBfloat16) : data;
}

/** The outputs of a loop that are in use. */
function interpretLoop(
  node: Node,
  inputs: readonly Values[],
  used: ReadonlySet<number>,
): (Float64Array | undefined)[] {
  const { body, length, reverse } = loopOf(node);
  const { carry, xs, consts, ys } = neededParts(node, used);
  const [beforeXs, beforeConsts] = [body.carry.length, body.carry.length + body.xs.length];
  const outputs: (Float64Array | undefined)[] = node.outputs.map(() => undefined);
  for (const i of carry) outputs[i] = inputs[i]!.data;
  for (const i of ys)
    outputs[beforeXs + i] = new Float64Array(sizeOf(node.outputs[beforeXs + i]!.shape));
  const fixed = consts.map((i): [number, Values] => [
    body.consts[i]!.id,
    inputs[beforeConsts + i]!,
  ]);
  const results = [...carry.map((i) => body.next[i]!), ...ys.map((i) => body.ys[i]!)];
  for (let n = 0; n < length; n++) {
    const t = reverse ? length - 1 - n : n;
    const begin = new Map(fixed);
    for (const i of carry) {
      begin.set(body.carry[i]!.id, { shape: body.carry[i]!.shape, data: outputs[i]! });
    }
    for (const i of xs) {
      const { id, shape } = body.xs[i]!;
      const size = sizeOf(shape);
      const data = inputs[beforeXs + i]!.data.subarray(t * size, (t + 1) * size);
      begin.set(id, { shape, data });
    }
    const found = interpretPart(body.graph, results, begin);
    carry.forEach((i, at) => {
      outputs[i] = found[at]!.data;
    });
    ys.forEach((i, at) => {
      const { data } = found[carry.length + at]!;
      outputs[beforeXs + i]!.set(data, t * data.length);
    });
  }
  return outputs;
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
export function toValues({ dtype, shape, data }: NdArray): Values {
  const number = dtype === 'bfloat16' ? bfloat16ToNumber : Number;
  return { shape, data: Float64Array.from(data as ArrayLike<number>, (value) => number(value)) };
}

/** An array of a dtype. A float32 is rounded only here. */
export function toArray({ shape, data }: Values, dtype: DType): NdArray {
  return arrayOf(dtype, shape, data);
}
