// The depth of a graph: the sequential part that no number of processors shortens.

import type { Node, Tensor } from './graph.ts';
import { bodyNodes, findLive, inputsOf, isLoop, loopOf } from './loop/loop.ts';
import { decomposition, expandGraph } from './rewrite.ts';

/**
 * The sequential depth of a graph: the longest chain of operations, each of which needs the result of the one before,
 * from inputs and constants to any of `outputs`. A loop counts as if its steps were written out, and an operation with a
 * decomposition counts as its decomposition. Only data dependencies count, not the order that `after` imposes.
 */
export function graphDepth(outputs: readonly Tensor[]): number {
  const [first] = outputs;
  if (!first) return 0;
  const wanted = outputs.map((tensor, i) => ({ name: `${i}`, tensor }));
  const { graph, results } = expandGraph(
    { graph: first.graph, results: wanted },
    ({ operation }) => (operation.decompose ? decomposition : undefined),
  );
  const found = results.map(({ tensor }) => tensor);
  const depths = new Map<number, number>();
  deepen(findLive(graph, found).nodes, depths);
  return Math.max(...found.map((x) => depths.get(x.id) ?? 0));
}

/** Adds the depths of the nodes' outputs to `depths`, in the order of the trace. */
function deepen(nodes: readonly Node[], depths: Map<number, number>): void {
  for (const node of nodes) {
    const before = node.inputs.map((x) => depths.get(x.id) ?? 0);
    const made = isLoop(node) ? loopDepths(node, before) : undefined;
    const depth = 1 + Math.max(0, ...before);
    node.outputs.forEach((out, i) => {
      depths.set(out.id, made ? made[i]! : depth);
    });
  }
}

function loopDepths(node: Node, before: readonly number[]): number[] {
  const { body, length } = loopOf(node);
  const inputs = inputsOf(body);
  const nodes = bodyNodes(body);
  const count = body.carry.length;
  let carry = before.slice(0, count);
  let ys = body.ys.map(() => 0);
  for (let step = 0; step < length; step++) {
    const depths = new Map<number, number>();
    const begin = () => {
      inputs.forEach((x, i) => {
        depths.set(x.id, i < count ? carry[i]! : before[i]!);
      });
    };
    begin();
    deepen(nodes, depths);
    // An output of a node may also be an input of the body.
    begin();
    const depthOf = (x: Tensor) => depths.get(x.id) ?? 0;
    carry = body.next.map(depthOf);
    ys = body.ys.map((y, i) => Math.max(ys[i]!, depthOf(y)));
  }
  return [...carry, ...ys];
}
