// The order of nodes, if some wait for others.

import type { Graph, Node, Tensor } from './graph.ts';

/** Nodes by the ids of their outputs. */
type Producers = ReadonlyMap<number, Node>;

/** A node and the tensors that it waits for. */
export type Scheduled = { readonly node: Node; readonly waited: readonly Tensor[] };

/**
 * The live nodes in a topological order in which each node comes after the tensors that it waits for.
 *
 * @param nodes in the order of the trace
 * @param begins ids of the tensors where the graph begins; their producers are not part of it
 */
export function schedule(
  graph: Graph,
  nodes: readonly Node[],
  begins: ReadonlySet<number>,
): Scheduled[] {
  const producers = new Map(
    nodes.flatMap((node) =>
      node.outputs.flatMap((x) => (begins.has(x.id) ? [] : [[x.id, node] as const])),
    ),
  );
  const delays = liveDelays(graph, nodes, producers);
  const order: Scheduled[] = [];
  const done = new Set<Node>();
  for (const root of nodes) {
    const open: Node[] = [root];
    while (open.length > 0) {
      const node = open.at(-1)!;
      const waited = delays.get(node) ?? [];
      const before = [...node.inputs, ...waited]
        .map((x) => producers.get(x.id))
        .filter((n): n is Node => n !== undefined && !done.has(n));
      if (before.length > 0) {
        open.push(...before);
      } else {
        open.pop();
        if (!done.has(node)) order.push({ node, waited });
        done.add(node);
      }
    }
  }
  return order;
}

/**
 * For each live node that waits, the live tensors that it waits for. A tensor that itself depends on the
 * node (for example a cotangent that depends on all losses) is left out: such a wait would never end.
 */
function liveDelays(
  graph: Graph,
  nodes: readonly Node[],
  producers: Producers,
): Map<Node, Tensor[]> {
  const delays = new Map<Node, Tensor[]>();
  if (graph.waits.length === 0) return delays;
  const live = new Set(nodes);
  const followers = new Map<Node, Node[]>();
  const follow = (before: Node | undefined, after: Node) => {
    if (!before) return;
    const known = followers.get(before);
    if (known) known.push(after);
    else followers.set(before, [after]);
  };
  for (const node of nodes) {
    for (const x of node.inputs) follow(producers.get(x.id), node);
  }
  for (const { node, uses } of graph.waits) {
    if (!live.has(node)) continue;
    const later = reachable(followers, node);
    const waited = uses.filter((use) => {
      const producer = producers.get(use.id);
      return producer !== undefined && !later.has(producer);
    });
    if (waited.length === 0) continue;
    delays.set(node, waited);
    for (const use of waited) follow(producers.get(use.id), node);
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
