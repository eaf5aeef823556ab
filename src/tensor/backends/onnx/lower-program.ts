// From a traced program to an ONNX graph: operations expanded, dead nodes dropped, the rest written for the target.

import { arrayOf, UserError } from '../../../core/index.ts';
import type { NamedTensor, Node } from '../../graph.ts';
import { isFloat, type Tensor } from '../../graph.ts';
import { findLive } from '../../loop/loop.ts';
import { resultsOf, type TracedProgram } from '../../program.ts';
import { expandGraph, type Wanted } from '../../rewrite.ts';
import { schedule } from '../../schedule.ts';
import {
  type OnnxArray,
  type OnnxGraph,
  type OnnxNode,
  type OnnxType,
  onnxTypeCode,
} from './encode.ts';
import { type ChunkSizes, DEFAULT_CHUNKS, expansionsFor } from './expansions.ts';
import type { Emitter, GraphPart } from './lowering.ts';
import { loweringOf } from './lowerings.ts';
import type { Target } from './targets.ts';

/**
 * The ONNX graph of a program; its inputs and outputs have the program's names.
 *
 * @throws UserError where it computes in bfloat16
 */
export function lowerProgram(
  program: TracedProgram,
  target: Target,
  chunks: ChunkSizes = DEFAULT_CHUNKS,
): OnnxGraph {
  return lowerGraph({ graph: program.graph, results: resultsOf(program) }, target, chunks);
}

/** The ONNX graph of the results of a graph. */
export function lowerGraph(
  wanted: Wanted,
  target: Target,
  chunks: ChunkSizes = DEFAULT_CHUNKS,
): OnnxGraph {
  const { graph, results } = expandGraph(wanted, expansionsFor(chunks));
  return lowerPart({ graph, inputs: graph.inputs, results }, target, '', { inside: 0 });
}

/**
 * @param prefix of generated names
 * @param count number of inner graphs in the whole model: a name must not occur both in a graph and around it
 */
function lowerPart(
  { graph, inputs: given, results, around = [] }: GraphPart,
  target: Target,
  prefix: string,
  count: { inside: number },
): OnnxGraph {
  const begins = new Set([...given, ...around].map(({ tensor }) => tensor.id));
  const live = findLive(
    graph,
    results.map(({ tensor }) => tensor),
    (x) => begins.has(x.id),
  );
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxArray>();
  const names = new Map<number, string>();
  const shared = new Map<string, string>();
  let made = 0;

  const emitter: Emitter = {
    target,
    used: live.used,
    name(tensor) {
      return names.get(tensor.id) ?? `${prefix}t${tensor.id}`;
    },
    fresh: () => `${prefix}v${made++}`,
    node(op, inputs, { attributes = {}, domain = '', outputs: given } = {}) {
      const names = given ?? [emitter.fresh()];
      nodes.push({ op, domain, inputs, outputs: names, attributes });
      return names[0]!;
    },
    constant(value) {
      // Only small constants are shared: the key of a large array would cost more than it saves.
      const key = value.data.length <= 16 ? describe(value) : undefined;
      const known = key === undefined ? undefined : shared.get(key);
      if (known !== undefined) return known;
      const name = `${prefix}c${initializers.size}`;
      initializers.set(name, value);
      if (key !== undefined) shared.set(key, name);
      return name;
    },
    int64(values) {
      return emitter.constant(arrayOf('int64', [values.length], values));
    },
    lowerInside: (part) => lowerPart(part, target, `g${count.inside++}.`, count),
  };

  for (const { name, tensor } of [...given, ...around]) names.set(tensor.id, name);
  for (const { tensor, value } of graph.constants) {
    if (live.used.has(tensor.id)) names.set(tensor.id, emitter.constant(value));
  }
  // A result is named where it is produced; only an input, a constant or a second name needs a copy.
  const copies: NamedTensor[] = [];
  for (const result of results) {
    const { name, tensor } = result;
    if (graph.producers.has(tensor.id) && !names.has(tensor.id)) names.set(tensor.id, name);
    else copies.push(result);
  }
  for (const { node, waited } of schedule(graph, live.nodes, begins)) {
    const lowering = loweringOf(node.operation.name);
    refuseBfloat16(node);
    if (!lowering) throw new Error(`onnx: no lowering of the operation '${node.operation.name}'`);
    const inputs = node.inputs.map((x) => emitter.name(x));
    if (waited.length > 0) inputs[0] = delayInput(emitter, node.inputs[0]!, waited);
    lowering(
      emitter,
      node,
      inputs,
      // If the graph begins at an output of a node, that output already has a name.
      node.outputs.map((x) => (begins.has(x.id) ? emitter.fresh() : emitter.name(x))),
    );
  }
  for (const { name, tensor } of copies) {
    emitter.node('Identity', [emitter.name(tensor)], { outputs: [name] });
  }
  const describeValue = ({ name, tensor: { dtype, shape } }: NamedTensor) => ({
    name,
    dtype: dtype as OnnxType,
    shape,
  });
  return {
    nodes,
    initializers: [...initializers].map(([name, value]) => ({ name, value })),
    inputs: given.map(describeValue),
    outputs: results.map(describeValue),
  };
}

/** onnxruntime has no products of bfloat16 on processors. */
function refuseBfloat16({ operation, inputs, outputs, attributes }: Node): void {
  const isNarrow = [...inputs, ...outputs].some(({ dtype }) => dtype === 'bfloat16');
  if (!isNarrow && attributes.precision !== 'bfloat16') return;
  throw new UserError(`${operation.name}: onnxruntime does not compute in bfloat16`, {
    hint: 'use a device of XLA (xla:cuda, xla:cpu), or float32',
  });
}

/** Equal for equal constants only; the two zeros differ. */
function describe({ dtype, shape, data }: OnnxArray): string {
  const values = Array.from(data as Float32Array, (x) => (Object.is(x, -0) ? '-0' : `${x}`));
  return `${dtype}[${shape}]${values}`;
}

/**
 * onnxruntime orders nodes by data dependencies only, so waiting must be a data dependency: a zero that
 * is computed from the awaited tensors is added to an input. "Greater than infinity" is false even for
 * NaN, so a diverged value does not spread. Returns the name of the sum.
 */
function delayInput(emitter: Emitter, first: Tensor, waited: readonly Tensor[]): string {
  const zeros = waited.map((x) => {
    const flat = emitter.node('Reshape', [emitter.name(x), emitter.int64([-1])]);
    const sample = emitter.node('Gather', [flat, emitter.int64([0])], { attributes: { axis: 0 } });
    const float = isFloat(x)
      ? sample
      : emitter.node('Cast', [sample], { attributes: { to: onnxTypeCode('float32') } });
    const dtype = isFloat(x) ? x.dtype : 'float32';
    const infinity = emitter.constant(arrayOf(dtype, [], Number.POSITIVE_INFINITY));
    const never = emitter.node('Greater', [float, infinity]);
    if (first.dtype === 'bool') return never;
    return emitter.node('Cast', [never], { attributes: { to: onnxTypeCode(first.dtype) } });
  });
  const join = first.dtype === 'bool' ? 'Or' : 'Add';
  return [...zeros, emitter.name(first)].reduce((sum, next) => emitter.node(join, [sum, next]));
}
