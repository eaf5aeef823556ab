// Arrays that depend on a shape only: ranges, constants, one-hot rows.

import { arrayOf, type DType, type Shape } from '../../core/index.ts';
import { constant, type Graph, scalar, type Tensor } from '../graph.ts';
import { INTEGERS, requireDtype } from '../operation.ts';
import { cast } from '../operations/cast.ts';
import { equal } from '../operations/equal.ts';
import { expand } from '../operations/expand.ts';
import { reshape } from '../operations/reshape.ts';

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

/** Ones where the last axis equals the id, zeros elsewhere: `[...]` → `[..., depth]`. */
export function oneHot(ids: Tensor, depth: number, dtype: DType = 'float32'): Tensor {
  requireDtype('oneHot', ids, INTEGERS);
  const classes = range(ids.graph, depth, ids.dtype);
  return cast(equal(reshape(ids, [...ids.shape, 1]), classes), dtype);
}
