// Copies of graphs with operations expanded into simpler ones, as backends need before lowering.

import type { NamedTensor } from './graph.ts';
import { constant, createGraph, type Graph, input, type Node, type Tensor } from './graph.ts';
import { emitLoop } from './loop/emit-loop.ts';
import { bodyNodes, findLive, isLoop, type LivePart, loopOf, neededParts } from './loop/loop.ts';
import { applyAll } from './operation.ts';

/**
 * Builds the replacement of a node in the new graph.
 *
 * @param inputs the node's inputs in the new graph
 * @param memo left by the expansions of earlier nodes
 * @returns the node's outputs in the new graph
 */
export type Expansion = (
  node: Node,
  inputs: readonly Tensor[],
  memo: Map<Node, unknown>,
) => readonly Tensor[];

/** A graph and its wanted results. */
export type Wanted = { readonly graph: Graph; readonly results: readonly NamedTensor[] };

/** Nodes that the results depend on. */
export function liveNodes({ graph, results }: Wanted): Set<Node> {
  const tensors = results.map(({ tensor }) => tensor);
  return new Set(findLive(graph, tensors).nodes);
}

type ExpansionOf = (node: Node) => Expansion | undefined;

/**
 * The same results from a graph in which no node has an expansion. Nodes that no result needs are left out.
 *
 * @param expansionOf returns the expansion of a node that is to be replaced
 */
export function expandGraph(
  wanted: Wanted,
  expansionOf: (node: Node) => Expansion | undefined,
): Wanted {
  let found = wanted;
  // The nodes of an expansion may have expansions too.
  while (needsExpansion([...liveNodes(found)], expansionOf)) {
    found = expandOnce(found, expansionOf);
  }
  return found;
}

function needsExpansion(nodes: readonly Node[], expansionOf: ExpansionOf): boolean {
  return nodes.some((node) =>
    isLoop(node) ? needsExpansion(bodyNodes(loopOf(node).body), expansionOf) : expansionOf(node),
  );
}

function expandOnce({ graph, results }: Wanted, expansionOf: ExpansionOf): Wanted {
  const copy = createCopy();
  const copies = new Map<number, Tensor>();
  for (const { name, tensor } of graph.inputs) copies.set(tensor.id, input(copy, name, tensor));
  const live = findLive(
    graph,
    results.map(({ tensor }) => tensor),
  );
  copyPart(graph, live, copy, copies, expansionOf);
  return {
    graph: copy,
    results: results.map(({ name, tensor }) => ({ name, tensor: copies.get(tensor.id)! })),
  };
}

/** A graph that is not differentiated. */
function createCopy(): Graph {
  return { ...createGraph(), tapeOff: 1 };
}

/** Copies the live part of a graph; `copies` has the tensors where it begins. */
function copyPart(
  graph: Graph,
  { nodes, used }: LivePart,
  copy: Graph,
  copies: Map<number, Tensor>,
  expansionOf: ExpansionOf,
): void {
  for (const { tensor, value } of graph.constants) {
    if (used.has(tensor.id)) copies.set(tensor.id, constant(copy, value));
  }
  const copyOf = (x: Tensor) => copies.get(x.id)!;
  const begins = new Set(copies.keys());
  const memo = new Map<Node, unknown>();
  const made = new Map<Node, Node>();
  for (const node of nodes) {
    const inputs = node.inputs.map(copyOf);
    const expand = isLoop(node) ? undefined : expansionOf(node);
    const outputs = isLoop(node)
      ? copyLoop(node, inputs, used, copy, expansionOf)
      : expand
        ? expand(node, inputs, memo)
        : applyAll(node.operation, inputs, node.attributes);
    node.outputs.forEach((out, i) => {
      const output = outputs[i];
      if (!output || begins.has(out.id)) return;
      copies.set(out.id, output);
      const producer = copy.producers.get(output.id);
      if (producer && !made.has(node)) made.set(node, producer);
    });
  }
  for (const { node, uses } of graph.waits) {
    const waiting = made.get(node);
    if (waiting)
      copy.waits.push({ node: waiting, uses: uses.flatMap((use) => copies.get(use.id) ?? []) });
  }
}

/** A loop with the same used outputs; the nodes of its expanded body may be hoisted. */
function copyLoop(
  node: Node,
  inputs: readonly Tensor[],
  used: ReadonlySet<number>,
  copy: Graph,
  expansionOf: ExpansionOf,
): readonly (Tensor | undefined)[] {
  const { body, ...options } = loopOf(node);
  const parts = neededParts(node, used);
  const inner = createCopy();
  const copies = new Map<number, Tensor>();
  const declare = (list: readonly Tensor[], places: readonly number[]) =>
    places.map((i) => {
      const tensor = input(inner, 'x', list[i]!);
      copies.set(list[i]!.id, tensor);
      return tensor;
    });
  const begins = {
    carry: declare(body.carry, parts.carry),
    xs: declare(body.xs, parts.xs),
    consts: declare(body.consts, parts.consts),
  };
  const next = parts.carry.map((i) => body.next[i]!);
  const ys = parts.ys.map((i) => body.ys[i]!);
  const live = findLive(body.graph, [...next, ...ys], (x) => copies.has(x.id));
  copyPart(body.graph, live, inner, copies, expansionOf);
  const copyOf = (x: Tensor) => copies.get(x.id)!;
  const [beforeXs, beforeConsts] = [body.carry.length, body.carry.length + body.xs.length];
  const found = emitLoop(
    copy,
    {
      body: { graph: inner, ...begins, next: next.map(copyOf), ys: ys.map(copyOf) },
      init: parts.carry.map((i) => inputs[i]!),
      xs: parts.xs.map((i) => inputs[beforeXs + i]!),
      consts: parts.consts.map((i) => inputs[beforeConsts + i]!),
    },
    options,
  );
  const outputs: (Tensor | undefined)[] = node.outputs.map(() => undefined);
  parts.carry.forEach((i, n) => {
    outputs[i] = found.carry[n]!;
  });
  parts.ys.forEach((i, n) => {
    outputs[beforeXs + i] = found.ys[n]!;
  });
  return outputs;
}

/** The decomposition of an operation as an expansion of it. */
export const decomposition: Expansion = ({ operation, attributes }, inputs) =>
  operation.decompose!(inputs, attributes);
