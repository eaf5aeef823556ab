// Reductions over axes.

import { type Shape, sizeOf } from '../../core/index.ts';
import { emit, FLOATS, requireDtype, type Tensor } from '../graph.ts';
import { resolveAxis } from '../shape.ts';
import { add, exp, log, mul, stopGradient, sub } from './elementwise.ts';

/** `axes` to reduce (all by default); `keepDims` leaves them in place with size 1. */
export type ReduceOptions = { axes?: readonly number[]; keepDims?: boolean };

function reduce(op: string, x: Tensor, options: ReduceOptions): Tensor {
  const axes = resolveAxes(op, x, options.axes);
  if (axes.length === 0) return x;
  const keepDims = options.keepDims ?? false;
  const shape: Shape = keepDims
    ? x.shape.map((size, i) => (axes.includes(i) ? 1 : size))
    : x.shape.filter((_, i) => !axes.includes(i));
  return emit(op, [x], { dtype: x.dtype, shape }, { axes, keepDims });
}

function resolveAxes(op: string, x: Tensor, axes: readonly number[] | undefined): number[] {
  const resolved = (axes ?? x.shape.map((_, i) => i)).map((a) => resolveAxis(op, a, x.shape));
  return [...new Set(resolved)].sort((a, b) => a - b);
}

export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  requireDtype('sum', x, ['float32', 'float64', 'int32', 'int64']);
  return reduce('sum', x, options);
}

export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  requireDtype('mean', x, FLOATS);
  const count = sizeOf(resolveAxes('mean', x, options.axes).map((axis) => x.shape[axis]!));
  return mul(sum(x, options), 1 / count);
}

/** The largest element; ties share the gradient equally. */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduce('max', x, options);
}

/** The smallest element; ties share the gradient equally. */
export function min(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduce('min', x, options);
}

/** Index (int64) of the largest element along an axis, the first one at a tie. The axis is dropped. */
export function argmax(x: Tensor, axis = -1): Tensor {
  const resolved = resolveAxis('argmax', axis, x.shape);
  const shape = x.shape.filter((_, i) => i !== resolved);
  return emit('argmax', [x], { dtype: 'int64', shape }, { axis: resolved });
}

/** log Σ exp(x) over an axis, without overflow. */
export function logSumExp(x: Tensor, axis = -1, options: { keepDims?: boolean } = {}): Tensor {
  const keepDims = options.keepDims ?? false;
  const top = stopGradient(max(x, { axes: [axis], keepDims: true }));
  const total = log(sum(exp(sub(x, top)), { axes: [axis], keepDims: true }));
  const value = add(total, top);
  // Summing an axis of size 1 drops it.
  return keepDims ? value : sum(value, { axes: [axis] });
}
