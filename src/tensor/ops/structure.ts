// Operations that move elements without computing: reshape, transpose, slice, concat, pad, expand.

import { type Shape, sizeOf } from '../../core/index.ts';
import { emit, type Tensor } from '../graph.ts';
import { broadcastShapes, formatShape, resolveAxis, ShapeError, sameShape } from '../shape.ts';

/** Same elements in row-major order; one size may be -1 and is then inferred. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const total = sizeOf(x.shape);
  const full = shape.map((size) => (size === -1 ? total / known : size));
  const whole = full.every((size) => Number.isInteger(size) && size >= 0);
  if (shape.filter((size) => size === -1).length > 1 || !whole || sizeOf(full) !== total) {
    throw new ShapeError(
      `reshape: ${formatShape(x.shape)} has ${total} elements and does not fit ${formatShape(shape)}`,
    );
  }
  return sameShape(full, x.shape) ? x : emit('reshape', [x], { dtype: x.dtype, shape: full });
}

/** Reorders the axes; by default the last two change places. */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const rank = x.shape.length;
  const order = (permutation ?? [...x.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2)).map(
    (axis) => resolveAxis('transpose', axis, x.shape),
  );
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new ShapeError(
      `transpose: ${formatShape(order)} is not a permutation of the axes of ${formatShape(x.shape)}`,
    );
  }
  const shape = order.map((axis) => x.shape[axis]!);
  return emit('transpose', [x], { dtype: x.dtype, shape }, { permutation: order });
}

/**
 * Elements `start` to `end` (exclusive, negative from the end) along one axis.
 *
 * @param options.recompute makes a new copy where an equal slice exists already, for use long after it
 */
export function slice(
  x: Tensor,
  axis: number,
  start: number,
  end?: number,
  options: { recompute?: boolean } = {},
): Tensor {
  const resolved = resolveAxis('slice', axis, x.shape);
  const size = x.shape[resolved]!;
  const from = start < 0 ? start + size : start;
  const to = end === undefined ? size : end < 0 ? end + size : end;
  if (from < 0 || to > size || from > to) {
    throw new ShapeError(
      `slice: ${start}..${end ?? ''} lies outside of axis ${axis} of ${formatShape(x.shape)}`,
    );
  }
  if (from === 0 && to === size) return x;
  const shape = x.shape.map((s, i) => (i === resolved ? to - from : s));
  const attributes = {
    axis: resolved,
    start: from,
    end: to,
    recompute: options.recompute ?? false,
  };
  return emit('slice', [x], { dtype: x.dtype, shape }, attributes);
}

/** Joins along an existing axis; all other sizes must agree. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const first = tensors[0];
  if (!first) throw new ShapeError('concat: nothing to join');
  if (tensors.length === 1) return first;
  const resolved = resolveAxis('concat', axis, first.shape);
  let total = 0;
  for (const x of tensors) {
    const agrees =
      x.dtype === first.dtype &&
      x.shape.length === first.shape.length &&
      x.shape.every((size, i) => i === resolved || size === first.shape[i]);
    if (!agrees) {
      throw new ShapeError(
        `concat: ${x.dtype} ${formatShape(x.shape)} does not join ${first.dtype} ` +
          `${formatShape(first.shape)} along axis ${axis}`,
      );
    }
    total += x.shape[resolved]!;
  }
  const shape = first.shape.map((size, i) => (i === resolved ? total : size));
  return emit('concat', tensors, { dtype: first.dtype, shape }, { axis: resolved });
}

/** Joins along a new axis; all shapes must agree. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = tensors[0];
  if (!first) throw new ShapeError('stack: nothing to join');
  const at = axis < 0 ? axis + first.shape.length + 1 : axis;
  const widened = tensors.map((x) =>
    reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]),
  );
  return concat(widened, at);
}

/** Cuts an axis into equal pieces. */
export function split(x: Tensor, pieces: number, axis = -1): Tensor[] {
  const resolved = resolveAxis('split', axis, x.shape);
  const size = x.shape[resolved]! / pieces;
  if (!Number.isInteger(size)) {
    throw new ShapeError(
      `split: axis ${axis} of ${formatShape(x.shape)} does not divide into ${pieces} pieces`,
    );
  }
  return Array.from({ length: pieces }, (_, i) => slice(x, resolved, i * size, (i + 1) * size));
}

/** Adds zeros before and after along one axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const resolved = resolveAxis('pad', axis, x.shape);
  if (before < 0 || after < 0) throw new ShapeError(`pad: negative padding ${before}, ${after}`);
  if (before === 0 && after === 0) return x;
  const shape = x.shape.map((size, i) => (i === resolved ? before + size + after : size));
  return emit('pad', [x], { dtype: x.dtype, shape }, { axis: resolved, before, after });
}

/** Repeats axes of size 1 (and adds leading axes) up to `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes('expand', x.shape, shape), shape)) {
    throw new ShapeError(
      `expand: ${formatShape(x.shape)} does not expand to ${formatShape(shape)}`,
    );
  }
  return emit('expand', [x], { dtype: x.dtype, shape });
}
