// What reductions have in common: axes, and which of them stay.

import type { ArraySpec, DType, Shape } from '../../core/index.ts';
import type { Operation, Tensor } from '../graph.ts';
import { apply, defineOperation, requireDtype } from '../operation.ts';
import { resolveAxis } from '../shape.ts';
import { reduceValues } from '../values.ts';

/** `axes` to reduce (all by default); `keepDims` leaves them in place with size 1. */
export type ReduceOptions = { axes?: readonly number[]; keepDims?: boolean };

export type ReduceAttributes = { readonly axes: readonly number[]; readonly keepDims: boolean };

/** A reduction over the axes of its attributes, which are positive, sorted and different. */
export function defineReduction(
  definition: Pick<Operation<ReduceAttributes>, 'name' | 'vjp'> & {
    readonly dtypes: readonly DType[];
    readonly interpret: (elements: Float64Array) => number;
  },
): Operation<ReduceAttributes> {
  const { name, dtypes, interpret, vjp } = definition;
  return defineOperation<ReduceAttributes>({
    name,
    ...(vjp ? { vjp } : {}),
    shape: ([x], { axes, keepDims }) => {
      requireDtype(name, x!, dtypes);
      return [{ dtype: x!.dtype, shape: reducedShape(x!, axes, keepDims) }];
    },
    interpret: ([x], { axes }) => [reduceValues(x!, axes, interpret)],
  });
}

function reducedShape({ shape }: ArraySpec, axes: readonly number[], keepDims: boolean): Shape {
  if (keepDims) return keptShape(shape, axes);
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** The shape of a reduction's result with the reduced axes kept as 1. */
export function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
}

export function resolveAxes(
  op: string,
  x: ArraySpec,
  axes: readonly number[] | undefined,
): number[] {
  const resolved = (axes ?? x.shape.map((_, i) => i)).map((a) => resolveAxis(op, a, x.shape));
  return [...new Set(resolved)].sort((a, b) => a - b);
}

/** Applies a reduction; without axes it does nothing. */
export function reduce(
  operation: Operation<ReduceAttributes>,
  x: Tensor,
  options: ReduceOptions,
): Tensor {
  const axes = resolveAxes(operation.name, x, options.axes);
  if (axes.length === 0) return x;
  return apply(operation, [x], { axes, keepDims: options.keepDims ?? false });
}
