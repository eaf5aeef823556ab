// From a traced program to an ONNX graph: operations expanded, dead nodes dropped, the rest written for the target.

import { arrayOf, type NdArray } from '../../../core/index.ts';
import { type Graph, isFloat, type Node, type Tensor } from '../../graph.ts';
import { type NamedTensor, resultsOf, type TracedProgram } from '../../program.ts';
import { expandGraph, liveNodes, type Wanted } from '../../rewrite.ts';
import { type OnnxGraph, type OnnxNode, type OnnxType, onnxTypeCode } from './encode.ts';
import { type ChunkSizes, DEFAULT_CHUNKS, expansionsFor } from './expansions.ts';
import type { Emitter } from './lowering.ts';
import { loweringOf } from './lowerings.ts';
import type { Target } from './targets.ts';

/** The ONNX graph of a program; its inputs and outputs have the program's names. */
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
  const expanded = expandGraph(wanted, expansionsFor(chunks));
  const { graph, results: outputs } = expanded;
  const live = liveNodes(expanded);
  const delays = liveDelays(graph, live);
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, NdArray>();
  const names = new Map<number, string>();
  const shared = new Map<string, string>();
  let made = 0;

  const emitter: Emitter = {
    target,
    name(tensor) {
      return names.get(tensor.id) ?? `t${tensor.id}`;
    },
    node(op, inputs, { attributes = {}, domain = '', outputs: given } = {}) {
      const names = given ?? [`v${made++}`];
      nodes.push({ op, domain, inputs, outputs: names, attributes });
      return names[0]!;
    },
    constant(value) {
      // Only small ones are looked up: a key of a large array would cost more than it saves.
      const key = value.data.length <= 16 ? describe(value) : undefined;
      const known = key === undefined ? undefined : shared.get(key);
      if (known !== undefined) return known;
      const name = `c${initializers.size}`;
      initializers.set(name, value);
      if (key !== undefined) shared.set(key, name);
      return name;
    },
    int64(values) {
      return emitter.constant(arrayOf('int64', [values.length], values));
    },
  };

  for (const { name, tensor } of graph.inputs) names.set(tensor.id, name);
  const used = new Set([...live].flatMap((node) => node.inputs.map((x) => x.id)));
  for (const { tensor } of outputs) used.add(tensor.id);
  for (const { tensor, value } of graph.constants) {
    if (used.has(tensor.id)) names.set(tensor.id, emitter.constant(value));
  }
  // An output takes its name at the source; only an input, a constant or a second name needs a copy.
  const copies: NamedTensor[] = [];
  for (const output of outputs) {
    const { name, tensor } = output;
    if (graph.producers.has(tensor.id) && !names.has(tensor.id)) names.set(tensor.id, name);
    else copies.push(output);
  }
  for (const node of schedule(graph, live, delays)) {
    const lowering = loweringOf(node.operation.name);
    if (!lowering) throw new Error(`onnx: no lowering of the operation '${node.operation.name}'`);
    const inputs = node.inputs.map((x) => emitter.name(x));
    const waited = delays.get(node);
    if (waited) inputs[0] = delayInput(emitter, node.inputs[0]!, waited);
    lowering(
      emitter,
      node,
      inputs,
      node.outputs.map((x) => emitter.name(x)),
    );
  }
  for (const { name, tensor } of copies) {
    emitter.node('Identity', [emitter.name(tensor)], { outputs: [name] });
  }
  return {
    nodes,
    initializers: [...initializers].map(([name, value]) => ({ name, value })),
    inputs: graph.inputs.map(({ name, tensor }) => ({
      name,
      dtype: tensor.dtype as OnnxType,
      shape: tensor.shape,
    })),
    outputs: outputs.map(({ name, tensor }) => ({
      name,
      dtype: tensor.dtype as OnnxType,
      shape: tensor.shape,
    })),
  };
}

/** Equal for equal constants only; the two zeros differ. */
function describe({ dtype, shape, data }: NdArray): string {
  const values = Array.from(data as Float32Array, (x) => (Object.is(x, -0) ? '-0' : `${x}`));
  return `${dtype}[${shape}]${values}`;
}

/**
 * For each live node that waits: the live tensors to wait for. A tensor that itself depends on the
 * node is left out (a cotangent that depends on all losses, for example): such a wait would never end.
 */
function liveDelays(graph: Graph, live: ReadonlySet<Node>): Map<Node, Tensor[]> {
  const delays = new Map<Node, Tensor[]>();
  if (graph.waits.length === 0) return delays;
  const followers = new Map<Node, Node[]>();
  const follow = (before: Node | undefined, after: Node) => {
    if (!before) return;
    const known = followers.get(before);
    if (known) known.push(after);
    else followers.set(before, [after]);
  };
  for (const node of live) {
    for (const x of node.inputs) follow(graph.producers.get(x.id), node);
  }
  for (const { node, uses } of graph.waits) {
    if (!live.has(node)) continue;
    const later = reachable(followers, node);
    const waited = uses.filter((use) => {
      const producer = graph.producers.get(use.id);
      return producer !== undefined && live.has(producer) && !later.has(producer);
    });
    if (waited.length === 0) continue;
    delays.set(node, waited);
    for (const use of waited) follow(graph.producers.get(use.id), node);
  }
  return delays;
}

/** `from` and every node that comes after it. */
function reachable(followers: ReadonlyMap<Node, readonly Node[]>, from: Node): Set<Node> {
  const found = new Set([from]);
  const open = [from];
  for (let node = open.pop(); node; node = open.pop()) {
    for (const next of followers.get(node) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(next);
    }
  }
  return found;
}

/** Topological order in which waiting nodes come after what they wait for. */
function schedule(
  graph: Graph,
  live: ReadonlySet<Node>,
  delays: ReadonlyMap<Node, readonly Tensor[]>,
): Node[] {
  const order: Node[] = [];
  const done = new Set<Node>();
  for (const root of graph.nodes) {
    if (!live.has(root)) continue;
    const open: Node[] = [root];
    while (open.length > 0) {
      const node = open.at(-1)!;
      const before = [...node.inputs, ...(delays.get(node) ?? [])]
        .map((x) => graph.producers.get(x.id))
        .filter((n): n is Node => n !== undefined && !done.has(n));
      if (before.length > 0) {
        open.push(...before);
      } else {
        open.pop();
        if (!done.has(node)) order.push(node);
        done.add(node);
      }
    }
  }
  return order;
}

/**
 * onnxruntime orders nodes by data alone, so waiting must be data: a zero that is computed from the
 * awaited tensors is added to an input. "Greater than infinity" is false even for NaN, so that a
 * diverged value does not spread. Returns the name of the sum.
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
