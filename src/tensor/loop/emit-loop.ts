// Loops as nodes of a graph, and their derivative: a backward loop over the values that the forward loop kept.

import { full } from '../functions/constants.ts';
import { cotangentsOf } from '../gradients.ts';
import {
  appendNode,
  appendOutput,
  type Cotangents,
  type Graph,
  input,
  isFloat,
  type Node,
  type Tensor,
} from '../graph.ts';
import { defineOperation } from '../operation.ts';
import { type BoundBody, hoist } from './hoist.ts';
import {
  bodyNodes,
  findDependents,
  findLive,
  inputsOf,
  LOOP,
  type LoopAttributes,
  type LoopBody,
} from './loop.ts';
import { openSums } from './sum-over-steps.ts';

/** Backends compute it as a loop; `functions/scan.ts` traces one. */
export const scanOperation = defineOperation<LoopAttributes>({
  name: LOOP,
  shape: (_inputs, { body, length }) => [
    ...body.carry,
    ...body.ys.map((y) => stackedSpec(y, length)),
  ],
  vjp: pullBackLoop,
});

export type LoopResult = {
  /** The last carry. */
  readonly carry: readonly Tensor[];
  /** Stacked outputs of the steps; time is the first axis. */
  readonly ys: readonly Tensor[];
};

/** Appends a loop, preceded by the nodes that were hoisted out of it. */
export function emitLoop(
  outer: Graph,
  given: BoundBody,
  options: Omit<LoopAttributes, 'body'>,
): LoopResult {
  const { length, recompute } = options;
  const ys = [...new Set(given.body.ys)];
  const places = given.body.ys.map((y) => ys.indexOf(y));
  const bound = { ...given, body: { ...given.body, ys } };
  const { body, init, xs, consts, known } = hoist(outer, bound, { length, steps: !recompute });
  const attributes: LoopAttributes = { ...options, body };
  const count = body.carry.length;
  const specs = scanOperation.shape([], attributes);
  const made =
    specs.length === 0
      ? []
      : appendNode(outer, scanOperation, [...init, ...xs, ...consts], specs, attributes);
  const rest = made.slice(count);
  const all = known.map((y) => y ?? rest.shift()!);
  return { carry: made.slice(0, count), ys: places.map((at) => all[at]!) };
}

const stackedSpec = ({ dtype, shape }: Tensor, length: number) => ({
  dtype,
  shape: [length, ...shape],
});

/**
 * The derivative of a step is appended to the body's own graph. The part of it between the values that the forward loop keeps
 * and the cotangents of a step's inputs is the body of the backward loop. Cotangents of carries are carried. So are the sums of
 * constants' cotangents over the steps, unless one product after the loop gives the sum.
 */
function pullBackLoop(
  node: Node<LoopAttributes>,
  cotangents: readonly (Tensor | null)[],
  isWanted: (x: Tensor) => boolean,
): Cotangents {
  const { body, length, reverse, recompute } = node.attributes;
  const { graph } = body;
  const outer = node.outputs[0]!.graph;
  const count = body.carry.length;
  const [ofLast, ofYs] = [cotangents.slice(0, count), cotangents.slice(count)];
  const mark = graph.nextId;
  const active = activeCarries(body, ofLast, ofYs);
  const declare = ({ dtype, shape }: Tensor) => input(graph, 'cotangent', { dtype, shape });
  const dCarry = active.map((i) => declare(body.carry[i]!));
  const givenYs = [...ofYs.keys()].filter((i) => ofYs[i] !== null);
  const dYs = givenYs.map((i) => declare(body.ys[i]!));
  const wantedFrom = (at: number) => (i: number) => isWanted(node.inputs[at + i]!);
  const xs = [...body.xs.keys()].filter(wantedFrom(count));
  const consts = [...body.consts.keys()].filter(wantedFrom(count + body.xs.length));
  const roots = [
    ...active.map((i) => body.carry[i]!),
    ...xs.map((i) => body.xs[i]!),
    ...consts.map((i) => body.consts[i]!),
  ];
  const pulled = cotangentsOf(
    graph,
    [
      ...active.map((i, n) => ({ tensor: body.next[i]!, cotangent: dCarry[n]! })),
      ...givenYs.map((i, n) => ({ tensor: body.ys[i]!, cotangent: dYs[n]! })),
    ],
    roots,
    { cut: true },
  );
  const zeros = (g: Graph, { shape, dtype }: Tensor) => full(g, shape, 0, dtype);
  const nextCarry = active.map((i, n) => pulled[n] ?? zeros(graph, body.carry[i]!));
  const pulledXs = pulled.slice(active.length, active.length + xs.length);
  const sums = openSums(graph, pulled.slice(active.length + xs.length), !recompute);
  const stacked = [...pulledXs.filter((x) => x !== null), ...sums.factors];
  const outputs = [...nextCarry, ...sums.next, ...stacked];
  const kept = keepForward(outer, node, outputs, mark);
  const backward = emitLoop(
    outer,
    {
      body: {
        graph,
        carry: [...dCarry, ...sums.carry],
        xs: [...dYs, ...kept.inner, ...body.xs],
        consts: body.consts,
        next: [...nextCarry, ...sums.next],
        ys: stacked,
      },
      init: [
        ...active.map((i) => ofLast[i] ?? zeros(outer, body.carry[i]!)),
        ...sums.carry.map((x) => zeros(outer, x)),
      ],
      xs: [
        ...givenYs.map((i) => ofYs[i]!),
        ...kept.outer,
        ...node.inputs.slice(count, count + body.xs.length),
      ],
      consts: node.inputs.slice(count + body.xs.length),
    },
    { length, reverse: !reverse, recompute },
  );
  const makers: ((() => Tensor) | undefined)[] = node.inputs.map(() => undefined);
  active.forEach((i, n) => {
    makers[i] = () => backward.carry[n]!;
  });
  let next = 0;
  xs.forEach((i, n) => {
    if (pulledXs[n] === null) return;
    const y = backward.ys[next++]!;
    makers[count + i] = () => y;
  });
  const totals = sums.finish(backward.carry.slice(active.length), backward.ys.slice(next));
  consts.forEach((i, n) => {
    makers[count + body.xs.length + i] = totals[n];
  });
  return makers;
}

/** Indices of the float carries on which an output with a cotangent depends. */
function activeCarries(
  body: LoopBody,
  ofLast: readonly (Tensor | null)[],
  ofYs: readonly (Tensor | null)[],
): number[] {
  const cuts = new Set(inputsOf(body).map((x) => x.id));
  const active = new Set([...ofLast.keys()].filter((i) => ofLast[i] !== null));
  const outputs = body.ys.filter((_, i) => ofYs[i] != null);
  for (;;) {
    const known = active.size;
    const needed = [...outputs, ...[...active].map((i) => body.next[i]!)];
    const { used } = findLive(body.graph, needed, (x) => cuts.has(x.id));
    body.carry.forEach((x, i) => {
      if (isFloat(x) && used.has(x.id)) active.add(i);
    });
    if (active.size === known) return [...active].sort((a, b) => a - b);
  }
}

/** Operations that only move elements: repeating them is cheaper than keeping their results. */
const MOVES = new Set(['reshape', 'transpose', 'expand', 'concat', 'identity', 'stopGradient']);

/**
 * The values that the backward loop needs from the forward loop, as tensors of the body and as stacked outputs: the carry before
 * each step and, unless steps are recomputed, values that depend on it. Missing outputs are added to the forward loop.
 *
 * @param mark the first id of a tensor of the derivative
 */
function keepForward(
  outer: Graph,
  node: Node<LoopAttributes>,
  outputs: readonly Tensor[],
  mark: number,
): { readonly inner: readonly Tensor[]; readonly outer: readonly Tensor[] } {
  const { body, recompute, length } = node.attributes;
  const { graph } = body;
  const cuts = new Set(inputsOf(body).map((x) => x.id));
  const forward = bodyNodes(body);
  const varying = findDependents(forward, [...body.carry, ...body.xs], cuts);
  const isKept = (x: Tensor) => {
    if (cuts.has(x.id)) return true;
    if (recompute || !varying.has(x.id)) return false;
    const producer = graph.producers.get(x.id)!;
    // The first output decides: an inner loop's own outputs precede the derivative, but it may have got more since.
    return producer.outputs[0]!.id < mark && !MOVES.has(producer.operation.name);
  };
  const { used } = findLive(graph, outputs, isKept);
  const carried = new Set(body.carry.map((x) => x.id));
  const inner = [...body.carry, ...forward.flatMap((one) => one.outputs)].filter(
    (x) => used.has(x.id) && isKept(x) && (carried.has(x.id) || !cuts.has(x.id)),
  );
  const known = new Map(body.ys.map((y, i) => [y.id, node.outputs[body.carry.length + i]!]));
  const keep = (x: Tensor) => {
    (body.ys as Tensor[]).push(x);
    return appendOutput(outer, node, stackedSpec(x, length));
  };
  return { inner, outer: inner.map((x) => known.get(x.id) ?? keep(x)) };
}
