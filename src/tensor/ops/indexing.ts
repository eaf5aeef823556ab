// Reading and writing by index: gather, scatter, embedding, one-hot, ranges.

import { arrayOf, type DType, type Shape } from '../../core/index.ts';
import { constant, emit, type Graph, requireDtype, scalar, type Tensor } from '../graph.ts';
import { formatShape, resolveAxis, ShapeError, sameShape } from '../shape.ts';
import { cast, equal } from './elementwise.ts';
import { expand, reshape } from './structure.ts';

const INTEGERS = ['int32', 'int64'] as const;

/** Rows of `table [rows, width]` by `ids [...]` → `[..., width]`. */
export function gatherRows(table: Tensor, ids: Tensor): Tensor {
  requireDtype('gatherRows', ids, INTEGERS);
  if (table.shape.length !== 2) {
    throw new ShapeError(`gatherRows: the table must be a matrix, got ${formatShape(table.shape)}`);
  }
  const shape = [...ids.shape, table.shape[1]!];
  return emit('gatherRows', [table, ids], { dtype: table.dtype, shape });
}

/**
 * Sums rows `updates [n, width]` into a zero matrix `[rows, width]` at `ids [n]`.
 * Repeated ids add up, with any number of threads.
 */
export function scatterAddRows(rows: number, ids: Tensor, updates: Tensor): Tensor {
  requireDtype('scatterAddRows', ids, INTEGERS);
  if (ids.shape.length !== 1 || updates.shape.length !== 2 || updates.shape[0] !== ids.shape[0]) {
    throw new ShapeError(
      `scatterAddRows: ids ${formatShape(ids.shape)} and updates ${formatShape(updates.shape)} ` +
        'do not go together; they must be [n] and [n, width]',
    );
  }
  const shape = [rows, updates.shape[1]!];
  return emit('scatterAddRows', [ids, updates], { dtype: updates.dtype, shape });
}

/** `out[i, j] = x[i, indices[i, j]]` along the last axis (generalised to any leading axes). */
export function takeAlongLastAxis(x: Tensor, indices: Tensor): Tensor {
  requireDtype('takeAlongLastAxis', indices, INTEGERS);
  const leading = x.shape.slice(0, -1);
  if (
    indices.shape.length !== x.shape.length ||
    !leading.every((size, i) => size === indices.shape[i])
  ) {
    throw new ShapeError(
      `takeAlongLastAxis: indices ${formatShape(indices.shape)} do not match ${formatShape(x.shape)}`,
    );
  }
  return emit('takeAlongLastAxis', [x, indices], { dtype: x.dtype, shape: indices.shape });
}

/** Sums `updates` into zeros `[..., size]` along the last axis, at `indices` of the same shape. */
export function scatterAddAlongLastAxis(size: number, indices: Tensor, updates: Tensor): Tensor {
  requireDtype('scatterAddAlongLastAxis', indices, INTEGERS);
  if (!sameShape(indices.shape, updates.shape)) {
    throw new ShapeError(
      `scatterAddAlongLastAxis: indices ${formatShape(indices.shape)} and updates ` +
        `${formatShape(updates.shape)} must have the same shape`,
    );
  }
  const shape = [...updates.shape.slice(0, -1), size];
  return emit('scatterAddAlongLastAxis', [indices, updates], { dtype: updates.dtype, shape });
}

/** Ones where the last axis equals the id, zeros elsewhere: `[...]` → `[..., depth]`. */
export function oneHot(ids: Tensor, depth: number, dtype: DType = 'float32'): Tensor {
  requireDtype('oneHot', ids, INTEGERS);
  const classes = range(ids.graph, depth, ids.dtype);
  return cast(equal(reshape(ids, [...ids.shape, 1]), classes), dtype);
}

/** The constant 0, 1, ..., count-1. */
export function range(graph: Graph, count: number, dtype: DType): Tensor {
  return constant(
    graph,
    arrayOf(
      dtype,
      [count],
      Array.from({ length: count }, (_, i) => i),
    ),
  );
}

/** A constant filled with one value. */
export function full(graph: Graph, shape: Shape, value: number, dtype: DType): Tensor {
  return expand(scalar(graph, value, dtype), shape);
}

/** Running sum along an axis. */
export function cumulativeSum(x: Tensor, axis = -1, options: { reverse?: boolean } = {}): Tensor {
  const resolved = resolveAxis('cumulativeSum', axis, x.shape);
  const reverse = options.reverse ?? false;
  return emit('cumulativeSum', [x], x, { axis: resolved, reverse });
}
