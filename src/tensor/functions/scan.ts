// Loops with a carried state, over trees of arrays.

import type { Tree } from '../../core/index.ts';
import { createGraph, type Graph, input, isFloat, type Tensor } from '../graph.ts';
import { emitLoop } from '../loop/emit-loop.ts';
import { concat } from '../operations/concat.ts';
import { reshape } from '../operations/reshape.ts';
import { slice } from '../operations/slice.ts';
import { stopGradient } from '../operations/stop-gradient.ts';
import { formatShape, ShapeError } from '../shape.ts';
import { full } from './constants.ts';
import { type Leaf, leavesOf, matchLeaves, refill, tensorOf } from './tree-leaves.ts';

type Tensors = Tree<Tensor>;

export type ScanOptions<C extends Tensors, X extends Tensors, K extends Tensors> = {
  /** The initial carry. Shapes and dtypes stay the same from step to step. */
  readonly init: C;
  /** Arrays whose first axis is time; each step gets its entry of each array. */
  readonly xs?: X;
  /** Passed to every step unchanged. The body must not use other tensors from outside. */
  readonly consts?: K;
  /** Number of steps; by default that of `xs`. */
  readonly length?: number;
  /** Runs from the last entry to the first. `ys` keep the order of `xs`. */
  readonly reverse?: boolean;
  /**
   * The derivative keeps only the carry of every n-th step and recomputes the steps in between: less memory for one more forward
   * pass. By default it keeps all that it needs from each step.
   */
  readonly checkpointEvery?: number | undefined;
  /** Gradients through the carry are cut after every n steps. */
  readonly truncate?: number | undefined;
};

export type ScanBody<C, X, K, Y> = (
  carry: C,
  x: X,
  consts: K,
) => { readonly carry: C; readonly y: Y };

/**
 * A loop with carried state: from `carry = init`, `{ carry, y } = body(carry, xs[t], consts)` for each t. The body is traced
 * once, however many steps there are. The derivative is a loop, too.
 *
 * @param body gets a carry like `init`, an entry of `xs` (without the time axis) and `consts`; it returns the next carry and the
 *   step's output `y`, any tree (`{}` for none)
 * @returns the carry after the last step, and `ys`: each step's `y`, stacked along a first axis of `length` entries
 * @throws ShapeError if the lengths of `xs` differ, a carry changes its layout, shape or dtype from step to step, or an
 *   option is not a positive integer
 */
export function scan<
  C extends Tensors,
  X extends Tensors = Record<string, never>,
  K extends Tensors = Record<string, never>,
  Y extends Tensors = Tensors,
>(
  body: ScanBody<C, X, K, Y>,
  options: ScanOptions<C, X, K>,
): { readonly carry: C; readonly ys: Y } {
  const { init, xs = {} as X, consts = {} as K, checkpointEvery, truncate } = options;
  const given = {
    carry: leavesOf('scan', 'init', init),
    xs: leavesOf('scan', 'xs', xs),
    consts: leavesOf('scan', 'consts', consts),
  };
  const [first] = [...given.carry, ...given.xs, ...given.consts];
  if (!first) throw new ShapeError('scan: init, xs and consts are all empty: give one of them');
  const length = findLength(given.xs, options.length);
  requirePositive({ checkpointEvery, truncate });
  let layout: Y | undefined;
  const step: Step = (graph, carry, x, fixed) => {
    const made = body(refill(init, carry), refill(xs, x), refill(consts, fixed));
    layout ??= made.y;
    const next = leavesOf('scan', "the body's carry", made.carry);
    const ys = leavesOf('scan', "the body's y", made.y);
    for (const leaf of [...next, ...ys]) requireInside(graph, leaf);
    const rule = 'a carry keeps its layout, shapes and dtypes';
    return {
      carry: matchLeaves('scan', given.carry, next, "the body's carry", rule),
      ys: ys.map(tensorOf),
    };
  };
  const { carry, ys } = runSteps(
    first.tensor.graph,
    step,
    {
      carry: given.carry.map(tensorOf),
      xs: given.xs.map(tensorOf),
      consts: given.consts.map(tensorOf),
    },
    { length, reverse: options.reverse ?? false, checkpointEvery, truncate },
  );
  return { carry: refill(init, carry), ys: refill(layout!, ys) };
}

function findLength(xs: readonly Leaf[], given: number | undefined): number {
  if (given !== undefined && (!Number.isInteger(given) || given < 0)) {
    throw new ShapeError(`scan: length is ${given}; use a whole number of steps`);
  }
  const [first] = xs;
  if (!first && given === undefined) {
    throw new ShapeError('scan: there are no xs; give the number of steps as length');
  }
  const length = given ?? first!.tensor.shape[0]!;
  for (const { name, tensor } of xs) {
    if (tensor.shape.length === 0) {
      throw new ShapeError(`scan: ${name} is a scalar; the first axis of xs is the time`);
    }
    if (tensor.shape[0] === length) continue;
    const other = given === undefined ? `those of ${first!.name}` : 'length';
    throw new ShapeError(
      `scan: ${name} ${formatShape(tensor.shape)} has ${tensor.shape[0]} steps, ${other} ${length}; ` +
        'the first axis of all xs is the time',
    );
  }
  return length;
}

function requirePositive(options: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue;
    throw new ShapeError(`scan: ${name} is ${value}; use a positive integer`);
  }
}

function requireInside(graph: Graph, { name, tensor }: Leaf): void {
  if (tensor.graph === graph) return;
  throw new ShapeError(`scan: ${name} is a tensor from outside of the body; pass it in consts`);
}

/** A body over leaves. */
type Step = (
  graph: Graph,
  carry: readonly Tensor[],
  x: readonly Tensor[],
  consts: readonly Tensor[],
) => Result;

type Result = { readonly carry: readonly Tensor[]; readonly ys: readonly Tensor[] };

type Operands = {
  readonly carry: readonly Tensor[];
  readonly xs: readonly Tensor[];
  readonly consts: readonly Tensor[];
};

type Run = {
  readonly length: number;
  readonly reverse: boolean;
  readonly checkpointEvery?: number | undefined;
  readonly truncate?: number | undefined;
};

function runSteps(graph: Graph, step: Step, given: Operands, run: Run): Result {
  const { length, truncate, checkpointEvery, ...rest } = run;
  if (length === 0) return runNone(graph, step, given);
  const piece =
    (size: number, cut: boolean, every?: number): Step =>
    (inner, carry, xs, consts) =>
      runSteps(
        inner,
        step,
        { carry: cut ? carry.map(stopFloat) : carry, xs, consts },
        { ...rest, length: size, checkpointEvery: every },
      );
  if (truncate !== undefined && truncate < length) {
    const whole = Math.floor(length / truncate);
    return runPieces(graph, given, run.reverse, [
      { size: truncate, count: 1, step: piece(truncate, false, checkpointEvery) },
      { size: truncate, count: whole - 1, step: piece(truncate, true, checkpointEvery) },
      {
        size: length % truncate,
        count: 1,
        step: piece(length % truncate, true, checkpointEvery),
      },
    ]);
  }
  if (checkpointEvery !== undefined) {
    const [size, left] = [Math.min(checkpointEvery, length), length % checkpointEvery];
    return runPieces(graph, given, run.reverse, [
      { size, count: Math.floor(length / size), step: piece(size, false), recompute: true },
      ...(size < length
        ? [{ size: left, count: 1, step: piece(left, false), recompute: true }]
        : []),
    ]);
  }
  return runLoop(graph, step, given, { length, reverse: run.reverse, recompute: false });
}

const stopFloat = (x: Tensor) => (isFloat(x) ? stopGradient(x) : x);

/** The result of zero steps; the body is traced only for the shapes. */
function runNone(graph: Graph, step: Step, { carry, xs, consts }: Operands): Result {
  const inner = createGraph(graph.precision);
  const declare = (x: Tensor) => input(inner, 'x', x);
  const { ys } = step(inner, carry.map(declare), xs.map(declareEntry(inner)), consts.map(declare));
  return { carry, ys: ys.map(({ shape, dtype }) => full(graph, [0, ...shape], 0, dtype)) };
}

const declareEntry = (graph: Graph) => (x: Tensor) =>
  input(graph, 'x', { dtype: x.dtype, shape: x.shape.slice(1) });

function runLoop(
  graph: Graph,
  step: Step,
  { carry: init, xs, consts }: Operands,
  options: { readonly length: number; readonly reverse: boolean; readonly recompute: boolean },
): Result {
  const inner = createGraph(graph.precision);
  const declare = (x: Tensor) => input(inner, 'x', x);
  const inside = {
    carry: init.map(declare),
    xs: xs.map(declareEntry(inner)),
    consts: consts.map(declare),
  };
  const { carry: next, ys } = step(inner, inside.carry, inside.xs, inside.consts);
  const body = { graph: inner, ...inside, next, ys };
  return emitLoop(graph, { body, init, xs, consts }, options);
}

/** Consecutive steps in `count` pieces of `size`; `step` is one step of a loop over such pieces. */
type Pieces = {
  readonly size: number;
  readonly count: number;
  readonly step: Step;
  readonly recompute?: boolean;
};

/** A loop over pieces of equal size, then a loop over the remaining piece, in the order of the steps. */
function runPieces(
  graph: Graph,
  { carry, xs, consts }: Operands,
  reverse: boolean,
  pieces: readonly Pieces[],
): Result {
  const length = pieces.reduce((total, { size, count }) => total + size * count, 0);
  const parts: (readonly Tensor[])[] = [];
  let state = carry;
  let done = 0;
  for (const { size, count, step, recompute = false } of pieces) {
    if (size * count === 0) continue;
    const from = reverse ? length - done - size * count : done;
    done += size * count;
    const own = xs.map((x) => slice(x, 0, from, from + size * count));
    const cut = (x: Tensor) => reshape(x, [count, size, ...x.shape.slice(1)]);
    const direct = count === 1 && !recompute;
    const made = direct
      ? step(graph, state, own, consts)
      : runLoop(
          graph,
          step,
          { carry: state, xs: own.map(cut), consts },
          { length: count, reverse, recompute },
        );
    state = made.carry;
    const join = (y: Tensor) => reshape(y, [count * size, ...y.shape.slice(2)]);
    parts.push(direct ? made.ys : made.ys.map(join));
  }
  if (reverse) parts.reverse();
  return {
    carry: state,
    ys: parts[0]!.map((_, i) =>
      concat(
        parts.map((ys) => ys[i]!),
        0,
      ),
    ),
  };
}
