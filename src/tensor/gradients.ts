// Reverse-mode automatic differentiation: walks the tape backwards and appends the derivative to the graph.

import { DERIVATIVES } from './derivatives.ts';
import { isFloat, scalar, type TapeEntry, type Tensor } from './graph.ts';
import { add } from './ops/elementwise.ts';
import { full } from './ops/indexing.ts';
import { formatShape, ShapeError } from './shape.ts';

/** Operations whose derivative is zero wherever it exists, or is meant to be. */
const PASSES_NOTHING = new Set(['stopGradient', 'sign']);

/**
 * d loss / d tensor for each of `tensors`. A tensor that the loss does not depend on gets zeros.
 *
 * @param loss a float scalar
 * @throws ShapeError when `loss` is no scalar; Error when an operation on the way has no derivative,
 * or no second derivative, or when `tensors` belong to another graph
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
  const { graph } = loss;
  if (tensors.some((x) => x.graph !== graph)) {
    throw new Error(
      'gradients: a tensor of another graph was used; trace everything in one function',
    );
  }
  // Appending the derivative extends the tape (it may be differentiated again): walk what is there now.
  const tape = graph.tape.slice();
  const { reached: wanted, hidden } = reachedFrom(tape, tensors);
  const cotangents = new Map<number, Tensor>([[loss.id, scalar(graph, 1, loss.dtype)]]);
  for (const entry of tape.reverse()) {
    if (!entry.outputs.some((out) => wanted.has(out.id) && cotangents.has(out.id))) continue;
    if (entry.inputs.some((x) => hidden.has(x.id))) {
      throw new Error(
        'gradients: no second derivative of attention or linearCrossEntropy, ' +
          'nor of another operation with a derivative of its own; build it from matmul and softmax',
      );
    }
    const given = entry.outputs.map((out) => cotangents.get(out.id) ?? null);
    const makers = differentiate(entry, given);
    entry.inputs.forEach((x, i) => {
      const make = makers[i];
      if (!wanted.has(x.id) || !make) return;
      const part = make();
      const known = cotangents.get(x.id);
      cotangents.set(x.id, known ? add(known, part) : part);
    });
  }
  return tensors.map((x) => cotangents.get(x.id) ?? full(graph, x.shape, 0, x.dtype));
}

function differentiate(
  entry: TapeEntry,
  cotangents: readonly (Tensor | null)[],
): readonly ((() => Tensor) | undefined)[] {
  if (entry.vjp) return entry.vjp(cotangents);
  const { op } = entry.node!;
  const rule = DERIVATIVES[op];
  if (!rule) throw new Error(`gradients: the operation '${op}' has no derivative`);
  return rule(entry.node!, cotangents[0]!, cotangents);
}

/**
 * Ids of float tensors that depend on `roots`, along operations that pass gradients on; `hidden` are
 * those inside of operations with a derivative of their own, where the tape cannot follow.
 */
function reachedFrom(
  tape: readonly TapeEntry[],
  roots: readonly Tensor[],
): { reached: Set<number>; hidden: Set<number> } {
  const reached = new Set(roots.map((x) => x.id));
  const hidden = new Set<number>();
  for (const entry of tape) {
    if (entry.node && PASSES_NOTHING.has(entry.node.op)) continue;
    if (!entry.inputs.some((x) => reached.has(x.id))) continue;
    for (const node of entry.body ?? []) {
      if (PASSES_NOTHING.has(node.op) || !node.inputs.some((x) => reached.has(x.id))) continue;
      for (const out of node.outputs) {
        if (!isFloat(out)) continue;
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
