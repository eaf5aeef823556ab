// Loops as plain data. The body of a loop is a part of a graph of its own.

import type { Graph, Node, Tensor } from '../graph.ts';

/**
 * The body of a loop: the part of `graph` between its inputs (`carry`, `xs`, `consts`) and its outputs (`next`, `ys`). It is cut at
 * the inputs, whose producers are not part of it, so that a loop and its derivative can share a graph.
 */
export type LoopBody = {
  readonly graph: Graph;
  /** The state from the previous step. */
  readonly carry: readonly Tensor[];
  /** One step's entries of the scanned inputs, which have time as an additional first axis. */
  readonly xs: readonly Tensor[];
  /** The same in every step. */
  readonly consts: readonly Tensor[];
  /** The `carry` of the next step. */
  readonly next: readonly Tensor[];
  /** Outputs that are stacked over time. A derivative may add more of them later. */
  readonly ys: readonly Tensor[];
};

/**
 * Attributes of a `scan` node. Its inputs are the initial carry, the xs and the consts of the body; its outputs are the last carry
 * and the stacked ys.
 */
export type LoopAttributes = {
  readonly body: LoopBody;
  /** Steps. */
  readonly length: number;
  /** Steps run from the last entry to the first; `ys` keep the order of `xs`. */
  readonly reverse: boolean;
  /** The derivative recomputes a step from its carry instead of keeping its intermediate values. */
  readonly recompute: boolean;
};

export const LOOP = 'scan';

export function isLoop({ operation }: Node): boolean {
  return operation.name === LOOP;
}

export function loopOf(node: Node): LoopAttributes {
  return node.attributes as unknown as LoopAttributes;
}

/** The inputs of a body, at which it is cut. */
export function inputsOf({ carry, xs, consts }: LoopBody): Tensor[] {
  return [...carry, ...xs, ...consts];
}

/** The nodes of a step, in the order of the trace. */
export function bodyNodes(body: LoopBody): readonly Node[] {
  const cuts = new Set(inputsOf(body).map((x) => x.id));
  return findLive(body.graph, [...body.next, ...body.ys], (x) => cuts.has(x.id)).nodes;
}

/** A part of a graph that outputs depend on. */
export type LivePart = {
  /** In the order of the trace. */
  readonly nodes: readonly Node[];
  /** Ids of all tensors in use: outputs, inputs of live nodes, and the tensors where the part begins. */
  readonly used: ReadonlySet<number>;
};

/** The part that `outputs` depend on, up to the tensors where it begins (`isCut`). Unused parts of loops do not count. */
export function findLive(
  graph: Graph,
  outputs: readonly Tensor[],
  isCut: (tensor: Tensor) => boolean = () => false,
): LivePart {
  const used = new Set(outputs.map((x) => x.id));
  const nodes: Node[] = [];
  // Uses of a tensor are traced after its producer.
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((out) => used.has(out.id) && !isCut(out))) continue;
    nodes.push(node);
    for (const x of usedInputs(node, used)) used.add(x.id);
  }
  return { nodes: nodes.reverse(), used };
}

/** Indices into the lists of a loop's body. */
export type LoopParts = {
  readonly carry: readonly number[];
  readonly xs: readonly number[];
  readonly consts: readonly number[];
  readonly ys: readonly number[];
};

/** The parts of a loop that its used outputs need. */
export function neededParts(node: Node, used: ReadonlySet<number>): LoopParts {
  const { body } = loopOf(node);
  const count = body.carry.length;
  const cuts = new Set(inputsOf(body).map((x) => x.id));
  const isUsed = (out: Tensor | undefined) => out !== undefined && used.has(out.id);
  const ys = [...body.ys.keys()].filter((i) => isUsed(node.outputs[count + i]));
  const carry = new Set([...body.carry.keys()].filter((i) => isUsed(node.outputs[i])));
  const outputs = ys.map((i) => body.ys[i]!);
  // A carry is also needed if the step of another needed carry reads it.
  for (;;) {
    const needed = [...outputs, ...[...carry].map((i) => body.next[i]!)];
    const { used: inside } = findLive(body.graph, needed, (x) => cuts.has(x.id));
    const known = carry.size;
    body.carry.forEach((x, i) => {
      if (inside.has(x.id)) carry.add(i);
    });
    if (carry.size > known) continue;
    const pick = (list: readonly Tensor[]) =>
      [...list.keys()].filter((i) => inside.has(list[i]!.id));
    return {
      carry: [...carry].sort((a, b) => a - b),
      xs: pick(body.xs),
      consts: pick(body.consts),
      ys,
    };
  }
}

/** The inputs that a node needs for its used outputs. */
function usedInputs(node: Node, used: ReadonlySet<number>): readonly Tensor[] {
  if (!isLoop(node)) return node.inputs;
  const { body } = loopOf(node);
  const { carry, xs, consts } = neededParts(node, used);
  const [afterCarry, afterXs] = [body.carry.length, body.carry.length + body.xs.length];
  return [...carry, ...xs.map((i) => afterCarry + i), ...consts.map((i) => afterXs + i)].map(
    (i) => node.inputs[i]!,
  );
}

/** Ids of `roots` and of the tensors that depend on them, among `nodes` in the order of the trace; `cuts` depend on nothing. */
export function findDependents(
  nodes: readonly Node[],
  roots: readonly Tensor[],
  cuts: ReadonlySet<number>,
): Set<number> {
  const found = new Set(roots.map((x) => x.id));
  for (const node of nodes) {
    if (!node.inputs.some((x) => found.has(x.id))) continue;
    for (const out of node.outputs) if (!cuts.has(out.id)) found.add(out.id);
  }
  return found;
}
