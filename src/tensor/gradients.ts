// Reverse-mode automatic differentiation: walks the tape backwards and appends the derivative to the graph.

import { full } from './functions/constants.ts';
import {
  type Cotangents,
  type Graph,
  isFloat,
  type Node,
  scalar,
  type TapeEntry,
  type Tensor,
} from './graph.ts';
import { add } from './operations/add.ts';
import { formatShape, ShapeError } from './shape.ts';

/**
 * d loss / d tensor for each of `tensors`. A tensor that the loss does not depend on gets zeros.
 *
 * @param loss a float scalar
 * @throws ShapeError if `loss` is not a scalar; Error if an operation on the path has no derivative
 * or no second derivative, or if `tensors` belong to another graph
 */
export function gradients<const T extends readonly Tensor[]>(
  loss: Tensor,
  tensors: T,
): { -readonly [K in keyof T]: Tensor };
export function gradients(loss: Tensor, tensors: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0 || !isFloat(loss)) {
    throw new ShapeError(
      `gradients: the loss must be a float scalar, got ${loss.dtype} ${formatShape(loss.shape)}`,
    );
  }
  const seeds = [{ tensor: loss, cotangent: scalar(loss.graph, 1, loss.dtype) }];
  return cotangentsOf(loss.graph, seeds, tensors).map(
    (cotangent, i) => cotangent ?? full(loss.graph, tensors[i]!.shape, 0, tensors[i]!.dtype),
  );
}

/** A tensor and its cotangent, from which the walk starts. */
type Seed = { readonly tensor: Tensor; readonly cotangent: Tensor };

/**
 * The cotangents of `tensors` from those of the seeds; null if no seed depends on a tensor.
 *
 * @param options.cut whether a part of the graph begins at `tensors`: nothing is propagated beyond them, nor from one of them to
 *   another
 * @throws Error as `gradients`
 */
export function cotangentsOf(
  graph: Graph,
  seeds: readonly Seed[],
  tensors: readonly Tensor[],
  options: { readonly cut?: boolean } = {},
): (Tensor | null)[] {
  if (tensors.some((x) => x.graph !== graph)) {
    throw new Error(
      'gradients: a tensor of another graph was used; trace everything in one function',
    );
  }
  // Appending the derivative extends the tape, since it may be differentiated again: walk only what is there now.
  return walkBack(graph.tape.slice(), seeds, tensors, options);
}

function walkBack(
  tape: readonly TapeEntry[],
  seeds: readonly Seed[],
  tensors: readonly Tensor[],
  { cut = false }: { readonly cut?: boolean } = {},
): (Tensor | null)[] {
  const cuts = new Set(cut ? tensors.map((x) => x.id) : []);
  const { reached: wanted, hidden } = reachedFrom(tape, tensors, cuts);
  const cotangents = new Map<number, Tensor>();
  const addTo = (x: Tensor, part: Tensor) => {
    const known = cotangents.get(x.id);
    cotangents.set(x.id, known ? add(known, part) : part);
  };
  for (const { tensor, cotangent } of seeds) {
    if (hidden.has(tensor.id)) throw new Error(NO_SECOND);
    addTo(tensor, cotangent);
  }
  for (const entry of tape.toReversed()) {
    const isOpen = (out: Tensor) => wanted.has(out.id) && !cuts.has(out.id);
    if (!entry.outputs.some((out) => isOpen(out) && cotangents.has(out.id))) continue;
    if (entry.inputs.some((x) => hidden.has(x.id))) throw new Error(NO_SECOND);
    const given = entry.outputs.map((out) =>
      cuts.has(out.id) ? null : (cotangents.get(out.id) ?? null),
    );
    const isWanted = (x: Tensor) => wanted.has(x.id);
    const makers = differentiate(entry, given, isWanted);
    entry.inputs.forEach((x, i) => {
      const make = makers[i];
      if (isWanted(x) && make) addTo(x, make());
    });
  }
  return tensors.map((x) => cotangents.get(x.id) ?? null);
}

const NO_SECOND =
  'gradients: no second derivative of a function that was traced with customGradient; ' +
  'build it from operations that have one';

function differentiate(
  entry: TapeEntry,
  cotangents: readonly (Tensor | null)[],
  isWanted: (x: Tensor) => boolean,
): Cotangents {
  if (entry.vjp) return entry.vjp(cotangents);
  const node = entry.node!;
  const { operation } = node;
  if (operation.vjp) return operation.vjp(node, cotangents, isWanted);
  if (operation.decompose) return differentiateParts(node, cotangents, isWanted);
  throw new Error(`gradients: the operation '${operation.name}' has no derivative`);
}

/** The derivative of an operation without a vjp, from its decomposition. */
function differentiateParts(
  { operation, inputs, attributes, outputs }: Node,
  cotangents: readonly (Tensor | null)[],
  isWanted: (x: Tensor) => boolean,
): Cotangents {
  const { graph } = outputs[0]!;
  const start = graph.tape.length;
  const parts = operation.decompose!(inputs, attributes);
  const tape = graph.tape.slice(start);
  const seeds = parts.flatMap((tensor, i) => {
    const cotangent = cotangents[i];
    return cotangent ? [{ tensor, cotangent }] : [];
  });
  const roots = inputs.filter(isWanted);
  const found = walkBack(tape, seeds, roots);
  return inputs.map((x) => {
    const cotangent = found[roots.indexOf(x)];
    return cotangent ? () => cotangent : undefined;
  });
}

/**
 * Ids of float tensors that depend on `roots` through operations that pass gradients on. `hidden` are those inside functions
 * with a custom derivative, where the tape cannot follow. Tensors of `cuts` depend on nothing: the walk begins there.
 */
function reachedFrom(
  tape: readonly TapeEntry[],
  roots: readonly Tensor[],
  cuts: ReadonlySet<number>,
): { reached: Set<number>; hidden: Set<number> } {
  const reached = new Set(roots.map((x) => x.id));
  const hidden = new Set<number>();
  for (const entry of tape) {
    if (entry.node?.operation.constant) continue;
    if (!entry.inputs.some((x) => reached.has(x.id))) continue;
    for (const node of entry.body ?? []) {
      if (node.operation.constant || !node.inputs.some((x) => reached.has(x.id))) continue;
      for (const out of node.outputs) {
        if (!isFloat(out) || cuts.has(out.id)) continue;
        reached.add(out.id);
        hidden.add(out.id);
      }
    }
    for (const out of entry.outputs) {
      if (isFloat(out)) reached.add(out.id);
      hidden.delete(out.id);
    }
  }
  return { reached, hidden };
}
