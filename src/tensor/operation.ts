// Defining and applying operations.

import type { ArraySpec, DType } from '../core/index.ts';
import {
  type Attributes,
  appendNode,
  type Operand,
  type Operation,
  scalar,
  type Tensor,
} from './graph.ts';
import { formatShape, ShapeError } from './shape.ts';

/** An operation of the graph; its type follows from its attributes. `operations/table.ts` lists all. */
export function defineOperation<A extends Attributes>(operation: Operation<A>): Operation<A> {
  return operation;
}

/** Appends an operation to the graph of its inputs. */
export function applyAll<A extends Attributes>(
  operation: Operation<A>,
  inputs: readonly Tensor[],
  attributes: A,
): readonly Tensor[] {
  const { graph } = inputs[0]!;
  return appendNode(graph, operation, inputs, operation.shape(inputs, attributes), attributes);
}

/** Appends an operation and returns its first output. */
export function apply<A extends Attributes>(
  operation: Operation<A>,
  inputs: readonly Tensor[],
  attributes: A,
): Tensor {
  return applyAll(operation, inputs, attributes)[0]!;
}

/** Turns both operands into tensors of one graph and dtype. */
export function coerce(op: string, a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a === 'number') {
    if (typeof b === 'number') throw new Error(`${op}: one operand must be a tensor`);
    return [scalar(b.graph, a, b.dtype), b];
  }
  if (typeof b === 'number') return [a, scalar(a.graph, b, a.dtype)];
  if (a.dtype !== b.dtype) {
    throw new ShapeError(
      `${op}: dtypes differ: ${a.dtype} ${formatShape(a.shape)} against ${b.dtype} ${formatShape(b.shape)}; cast one`,
    );
  }
  return [a, b];
}

/** Throws unless the array has one of the dtypes. */
export function requireDtype(op: string, array: ArraySpec, dtypes: readonly DType[]): void {
  if (!dtypes.includes(array.dtype)) {
    throw new ShapeError(
      `${op}: needs ${dtypes.join(' or ')}, got ${array.dtype} ${formatShape(array.shape)}`,
    );
  }
}

export const FLOATS = ['float32', 'float64', 'bfloat16'] as const;
export const INTEGERS = ['int32', 'int64'] as const;
export const NUMBERS = [...FLOATS, ...INTEGERS] as const;

/** The result of `make`, computed on the first call. */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
