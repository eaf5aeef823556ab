// How long a graph must take, however many processors there are.

import type { Tensor } from './graph.ts';

/**
 * The sequential depth of a graph: the longest chain of operations, each of which needs the result of the one before,
 * from inputs and constants to any of `outputs`. Only data counts, not the order that `after` asks for.
 */
export function graphDepth(outputs: readonly Tensor[]): number {
  const graph = outputs[0]?.graph;
  if (!graph) return 0;
  const depths = new Map<number, number>();
  const depthOf = (x: Tensor) => depths.get(x.id) ?? 0;
  // Nodes are listed in the order in which they were traced: inputs come before what uses them.
  for (const node of graph.nodes) {
    const depth = 1 + Math.max(0, ...node.inputs.map(depthOf));
    for (const out of node.outputs) depths.set(out.id, depth);
  }
  return Math.max(...outputs.map(depthOf));
}
