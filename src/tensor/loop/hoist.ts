// Hoists nodes out of loops: those that are the same in each step, and those that can be computed for all steps at once.

import { sizeOf } from '../../core/index.ts';
import { appendNode, constant, type Graph, type Node, scalar, type Tensor } from '../graph.ts';
import { expand } from '../operations/expand.ts';
import { bodyNodes, findDependents, findLive, inputsOf, isLoop, type LoopBody } from './loop.ts';
import { type Lifted, vectorize } from './vectorize.ts';

/** A body, and the tensors of the graph around it that its inputs stand for. */
export type BoundBody = {
  readonly body: LoopBody;
  readonly init: readonly Tensor[];
  readonly xs: readonly Tensor[];
  readonly consts: readonly Tensor[];
};

export type Hoisted = BoundBody & {
  /** For each of the old body's ys, the stacked tensor outside; null if it is still computed inside, as the next of the new ys. */
  readonly known: readonly (Tensor | null)[];
};

/** Stacked arrays may be this many times larger than their inputs, or than the carry. */
const GROWTH = 4;

/**
 * Moves nodes that do not depend on the carry out of a loop: one operation instead of one per step, and one product of long
 * matrices instead of many of short ones.
 *
 * @param steps whether to move nodes that differ between steps too, which takes memory for all steps at the same time
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
  // A function with a custom derivative stays whole while it may be differentiated.
  const onTape = new Set(graph.tape.map((entry) => entry.node));
  const isPlain = (node: Node) => graph.tapeOff > 0 || onTape.has(node);
  const carried = totalSize(body.carry);
  const fits = ({ inputs, outputs }: Node) => {
    const given = totalSize(inputs.filter((x) => lifted.get(x.id)?.stacked));
    return totalSize(outputs) <= GROWTH * Math.max(given, carried);
  };
  for (const node of nodes) {
    const outside = node.inputs.some((x) => lifted.has(x.id));
    if (!outside || !isPlain(node) || isLoop(node)) continue;
    if (node.outputs.some((x) => inner.has(x.id) || cuts.has(x.id))) continue;
    const differs = node.inputs.some((x) => lifted.get(x.id)?.stacked);
    if (differs && !(steps && fits(node))) continue;
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
  // All inputs stay: a derivative may ask for one that the forward step does not use.
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

/** Finds the tensors outside the loop for inputs of nodes; undefined for those that stay inside. Constants are copied on demand. */
function openLifting(outer: Graph, inner: Graph, lifted: ReadonlyMap<number, Lifted>) {
  const constants = new Map(inner.constants.map(({ tensor, value }) => [tensor.id, value]));
  const copies = new Map<number, Tensor>();
  const lift = (x: Tensor): Lifted | undefined => {
    const known = lifted.get(x.id);
    if (known) return known;
    const copy = copyFixed(x);
    return copy && { tensor: copy, stacked: false };
  };
  /** For tensors that depend on no input. */
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

const totalSize = (tensors: readonly Tensor[]) =>
  tensors.reduce((total, { shape }) => total + sizeOf(shape), 0);

function copyNode(outer: Graph, node: Node, inputs: readonly Lifted[]): readonly Tensor[] {
  const tensors = inputs.map(({ tensor }) => tensor);
  return appendNode(outer, node.operation, tensors, node.outputs, node.attributes);
}
