// What needs not be computed within a loop: the same in every step, or the same for all steps at once.

import { appendNode, constant, type Graph, type Node, scalar, type Tensor } from '../graph.ts';
import { expand } from '../operations/expand.ts';
import { bodyNodes, findDependents, findLive, inputsOf, isLoop, type LoopBody } from './loop.ts';
import { type Lifted, vectorize } from './vectorize.ts';

/** A body, and what its inputs begin with: tensors of the graph around it. */
export type BoundBody = {
  readonly body: LoopBody;
  readonly init: readonly Tensor[];
  readonly xs: readonly Tensor[];
  readonly consts: readonly Tensor[];
};

export type Hoisted = BoundBody & {
  /** Of each of the old body's ys, what it is outside: null where the loop computes it, in the order of the new body's. */
  readonly known: readonly (Tensor | null)[];
};

/**
 * Moves what does not depend on the carry out of a loop: it costs one operation instead of one a step, and products of long
 * matrices instead of many short ones.
 *
 * @param steps whether to move out what differs from step to step, too. It is there for all steps at once then.
 */
export function hoist(
  outer: Graph,
  { body, init, xs, consts }: BoundBody,
  { length, steps }: { readonly length: number; readonly steps: boolean },
): Hoisted {
  const { graph } = body;
  const cuts = new Set(inputsOf(body).map((x) => x.id));
  const nodes = bodyNodes(body);
  const inner = findDependents(nodes, body.carry, cuts);
  const lifted = new Map<number, Lifted>();
  body.xs.forEach((x, i) => {
    lifted.set(x.id, { tensor: xs[i]!, stacked: true });
  });
  body.consts.forEach((x, i) => {
    lifted.set(x.id, { tensor: consts[i]!, stacked: false });
  });
  const lift = openLifting(outer, graph, lifted);
  // What has a derivative of its own stays whole, as long as it may be differentiated.
  const onTape = new Set(graph.tape.map((entry) => entry.node));
  const isPlain = (node: Node) => graph.tapeOff > 0 || onTape.has(node);
  for (const node of nodes) {
    const outside = node.inputs.some((x) => lifted.has(x.id));
    if (!outside || !isPlain(node) || isLoop(node)) continue;
    if (node.outputs.some((x) => inner.has(x.id) || cuts.has(x.id))) continue;
    const differs = node.inputs.some((x) => lifted.get(x.id)?.stacked);
    if (differs && !steps) continue;
    const inputs = node.inputs.map(lift);
    if (!inputs.every((x) => x !== undefined)) continue;
    if (!differs) {
      copyNode(outer, node, inputs).forEach((tensor, i) => {
        lifted.set(node.outputs[i]!.id, { tensor, stacked: false });
      });
      continue;
    }
    const tensor = vectorize(node, inputs, length);
    if (tensor) lifted.set(node.outputs[0]!.id, { tensor, stacked: true });
  }
  const known = body.ys.map((y) => {
    const found = lifted.get(y.id);
    if (!found || found.stacked) return found?.tensor ?? null;
    return expand(found.tensor, [length, ...found.tensor.shape]);
  });
  const ys = body.ys.filter((_, i) => known[i] === null);
  // The inputs stay, all of them: a derivative may ask for what the steps forwards do not use.
  const isLifted = (x: Tensor) => cuts.has(x.id) || lifted.has(x.id);
  const { used } = findLive(graph, [...body.next, ...ys], isLifted);
  const made = nodes
    .flatMap((node) => node.outputs)
    .flatMap((x) =>
      used.has(x.id) && lifted.has(x.id) && !cuts.has(x.id) ? [{ x, ...lifted.get(x.id)! }] : [],
    );
  const stacked = made.filter((one) => one.stacked);
  const same = made.filter((one) => !one.stacked);
  return {
    body: {
      ...body,
      xs: [...body.xs, ...stacked.map(({ x }) => x)],
      consts: [...body.consts, ...same.map(({ x }) => x)],
      ys,
    },
    init,
    xs: [...xs, ...stacked.map(({ tensor }) => tensor)],
    consts: [...consts, ...same.map(({ tensor }) => tensor)],
    known,
  };
}

/** Gives inputs of nodes outside of the loop; undefined for what is inside. Constants are made again on demand. */
function openLifting(outer: Graph, inner: Graph, lifted: ReadonlyMap<number, Lifted>) {
  const constants = new Map(inner.constants.map(({ tensor, value }) => [tensor.id, value]));
  const copies = new Map<number, Tensor>();
  const lift = (x: Tensor): Lifted | undefined => {
    const known = lifted.get(x.id);
    if (known) return known;
    const copy = copyFixed(x);
    return copy && { tensor: copy, stacked: false };
  };
  /** What depends on no input at all. */
  const copyFixed = (x: Tensor): Tensor | undefined => {
    const known = copies.get(x.id);
    if (known) return known;
    const value = constants.get(x.id);
    if (value) {
      const isScalar = value.shape.length === 0 && value.dtype !== 'bool';
      const made = isScalar
        ? scalar(outer, Number(value.data[0]), value.dtype)
        : constant(outer, value);
      copies.set(x.id, made);
      return made;
    }
    const node = inner.producers.get(x.id);
    if (!node || isLoop(node)) return undefined;
    const inputs = node.inputs.map(copyFixed);
    if (!inputs.every((input) => input !== undefined)) return undefined;
    copyNode(
      outer,
      node,
      inputs.map((tensor) => ({ tensor, stacked: false })),
    ).forEach((made, i) => {
      copies.set(node.outputs[i]!.id, made);
    });
    return copies.get(x.id);
  };
  return lift;
}

function copyNode(outer: Graph, node: Node, inputs: readonly Lifted[]): readonly Tensor[] {
  const tensors = inputs.map(({ tensor }) => tensor);
  return appendNode(outer, node.operation, tensors, node.outputs, node.attributes);
}
