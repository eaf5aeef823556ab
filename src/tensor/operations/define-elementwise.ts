// What elementwise operations have in common: dtypes, broadcasting, sums of cotangents over stretched axes.

import type { ArraySpec, DType } from '../../core/index.ts';
import type { Attributes, Operand, Operation, Tensor } from '../graph.ts';
import { apply, coerce, defineOperation, FLOATS, NUMBERS, requireDtype } from '../operation.ts';
import { broadcastShapes } from '../shape.ts';
import { mapValues } from '../values.ts';
import { sumToShape } from './sum.ts';

type BinaryVjp = (g: Tensor, x: Tensor, y: Tensor, out: Tensor) => [() => Tensor, () => Tensor];

type Binary = {
  readonly name: string;
  /** Of two elements. */
  readonly interpret: (a: number, b: number) => number;
  /** Of two int32, where it is not `interpret`, cut to 32 bits. */
  readonly interpretInt32?: (a: number, b: number) => number;
  /** Cotangents of both sides before they are summed back to their shapes. */
  readonly vjp: BinaryVjp;
};

/** An operation on two numbers. */
export function defineBinary({ name, interpret, interpretInt32, vjp }: Binary): Operation {
  return defineOperation({
    name,
    shape: ([x, y]) => {
      requireDtype(name, x!, NUMBERS);
      return [{ dtype: x!.dtype, shape: broadcastShapes(name, x!.shape, y!.shape) }];
    },
    vjp: ({ inputs: [x, y], outputs: [out] }, [g]) => {
      const [dx, dy] = vjp(g!, x!, y!, out!);
      return [() => sumToShape(dx(), x!.shape), () => sumToShape(dy(), y!.shape)];
    },
    interpret: (inputs, _attributes, [out]) => [
      mapValues(inputs, out!.shape, elementFunction(out!, interpret, interpretInt32)),
    ],
  });
}

function elementFunction(
  { dtype }: ArraySpec,
  interpret: Binary['interpret'],
  interpretInt32: Binary['interpretInt32'] = interpret,
): Binary['interpret'] {
  return dtype === 'int32' ? (a, b) => interpretInt32(a, b) | 0 : interpret;
}

/** An operation on one float. */
export function defineUnary(
  name: string,
  interpret: (x: number) => number,
  vjp: (g: Tensor, x: Tensor, out: Tensor) => Tensor,
): Operation {
  return defineOperation({
    name,
    shape: ([x]) => {
      requireDtype(name, x!, FLOATS);
      return [x!];
    },
    vjp: ({ inputs: [x], outputs: [out] }, [g]) => [() => vjp(g!, x!, out!)],
    interpret: ([x]) => [x!.data.map(interpret)],
  });
}

/** A predicate of two values, with a bool result. */
export function definePredicate(
  name: string,
  dtypes: readonly DType[],
  interpret: (a: number, b: number) => boolean,
): Operation {
  return defineOperation({
    name,
    shape: ([x, y]) => {
      requireDtype(name, x!, dtypes);
      requireDtype(name, y!, [x!.dtype]);
      return [{ dtype: 'bool', shape: broadcastShapes(name, x!.shape, y!.shape) }];
    },
    interpret: (inputs, _attributes, [out]) => [
      mapValues(inputs, out!.shape, (a, b) => Number(interpret(a!, b!))),
    ],
  });
}

const NOTHING: Attributes = {};

/** Applies an operation on two operands, of which one may be a number. */
export function applyBinary(operation: Operation, a: Operand, b: Operand): Tensor {
  return apply(operation, coerce(operation.name, a, b), NOTHING);
}

/** Applies an operation on one tensor. */
export function applyUnary(operation: Operation, x: Tensor): Tensor {
  return apply(operation, [x], NOTHING);
}
