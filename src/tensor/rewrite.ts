// Copies of graphs in which operations are written in simpler ones: what a backend does before it lowers.

import { constant, createGraph, type Graph, input, type Node, type Tensor } from './graph.ts';
import { applyAll } from './operation.ts';
import type { NamedTensor } from './program.ts';

/**
 * What stands in the place of a node in the new graph.
 *
 * @param inputs the node's inputs in the new graph
 * @param memo what expansions of nodes before this one left for it
 * @returns the node's outputs in the new graph
 */
export type Expansion = (
  node: Node,
  inputs: readonly Tensor[],
  memo: Map<Node, unknown>,
) => readonly Tensor[];

/** A graph and what is wanted of it. */
export type Wanted = { readonly graph: Graph; readonly results: readonly NamedTensor[] };

/** Nodes that the results depend on. */
export function liveNodes({ graph, results }: Wanted): Set<Node> {
  const live = new Set<Node>();
  const open = results.map(({ tensor }) => tensor);
  for (let tensor = open.pop(); tensor; tensor = open.pop()) {
    const node = graph.producers.get(tensor.id);
    if (!node || live.has(node)) continue;
    live.add(node);
    open.push(...node.inputs);
  }
  return live;
}

/**
 * The same results out of a graph in which no node has an expansion any more. Nodes that no result needs are left out.
 *
 * @param expansionOf of an operation that is to be written otherwise
 */
export function expandGraph(
  wanted: Wanted,
  expansionOf: (node: Node) => Expansion | undefined,
): Wanted {
  let found = wanted;
  // What an expansion is made of may have one itself.
  while ([...liveNodes(found)].some(expansionOf)) found = expandOnce(found, expansionOf);
  return found;
}

function expandOnce(
  { graph, results }: Wanted,
  expansionOf: (node: Node) => Expansion | undefined,
): Wanted {
  const copy = createGraph();
  // It is not differentiated any more.
  copy.tapeOff = 1;
  const copies = new Map<number, Tensor>();
  for (const { name, tensor } of graph.inputs) copies.set(tensor.id, input(copy, name, tensor));
  for (const { tensor, value } of graph.constants) copies.set(tensor.id, constant(copy, value));
  const copyOf = (x: Tensor) => copies.get(x.id)!;
  const memo = new Map<Node, unknown>();
  const live = liveNodes({ graph, results });
  for (const node of graph.nodes) {
    if (!live.has(node)) continue;
    const inputs = node.inputs.map(copyOf);
    const expand = expansionOf(node);
    const made = expand
      ? expand(node, inputs, memo)
      : applyAll(node.operation, inputs, node.attributes);
    node.outputs.forEach((out, i) => {
      copies.set(out.id, made[i]!);
    });
  }
  for (const { node, uses } of graph.waits) {
    if (!live.has(node)) continue;
    copy.waits.push({
      node: copy.producers.get(copyOf(node.outputs[0]!).id)!,
      uses: uses.flatMap((use) => copies.get(use.id) ?? []),
    });
  }
  return {
    graph: copy,
    results: results.map(({ name, tensor }) => ({ name, tensor: copyOf(tensor) })),
  };
}

/** The decomposition of an operation as an expansion of it. */
export const decomposition: Expansion = ({ operation, attributes }, inputs) =>
  operation.decompose!(inputs, attributes);
