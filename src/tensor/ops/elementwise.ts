// Elementwise arithmetic, comparisons and selection, with numpy's broadcasting.

import type { DType } from '../../core/index.ts';
import { coerce, emit, FLOATS, type Operand, requireDtype, type Tensor } from '../graph.ts';
import { broadcastShapes } from '../shape.ts';

const NUMBERS = ['float32', 'float64', 'int32', 'int64'] as const;

function binary(op: string, a: Operand, b: Operand): Tensor {
  const [x, y] = coerce(op, a, b);
  requireDtype(op, x, NUMBERS);
  return emit(op, [x, y], { dtype: x.dtype, shape: broadcastShapes(op, x.shape, y.shape) });
}

export function add(a: Operand, b: Operand): Tensor {
  return binary('add', a, b);
}

export function sub(a: Operand, b: Operand): Tensor {
  return binary('sub', a, b);
}

export function mul(a: Operand, b: Operand): Tensor {
  return binary('mul', a, b);
}

export function div(a: Operand, b: Operand): Tensor {
  return binary('div', a, b);
}

/** The larger of two; at a tie the gradient goes to the first. */
export function maximum(a: Operand, b: Operand): Tensor {
  return binary('maximum', a, b);
}

/** The smaller of two; at a tie the gradient goes to the first. */
export function minimum(a: Operand, b: Operand): Tensor {
  return binary('minimum', a, b);
}

/** `x` to a constant power. */
export function pow(x: Tensor, exponent: number): Tensor {
  requireDtype('pow', x, FLOATS);
  return emit('pow', coerce('pow', x, exponent), x, { exponent });
}

function unary(op: string, x: Tensor): Tensor {
  requireDtype(op, x, FLOATS);
  return emit(op, [x], x);
}

export function neg(x: Tensor): Tensor {
  return unary('neg', x);
}

export function exp(x: Tensor): Tensor {
  return unary('exp', x);
}

/** Natural logarithm. */
export function log(x: Tensor): Tensor {
  return unary('log', x);
}

export function sqrt(x: Tensor): Tensor {
  return unary('sqrt', x);
}

export function reciprocal(x: Tensor): Tensor {
  return unary('reciprocal', x);
}

export function tanh(x: Tensor): Tensor {
  return unary('tanh', x);
}

/** 1 / (1 + e^-x) */
export function sigmoid(x: Tensor): Tensor {
  return unary('sigmoid', x);
}

export function relu(x: Tensor): Tensor {
  return unary('relu', x);
}

/** Absolute value; the gradient at 0 is 0. */
export function abs(x: Tensor): Tensor {
  return unary('abs', x);
}

/** -1, 0 or 1; carries no gradient. */
export function sign(x: Tensor): Tensor {
  return unary('sign', x);
}

export function sin(x: Tensor): Tensor {
  return unary('sin', x);
}

export function cos(x: Tensor): Tensor {
  return unary('cos', x);
}

export function square(x: Tensor): Tensor {
  return mul(x, x);
}

function compare(op: string, a: Operand, b: Operand): Tensor {
  const [x, y] = coerce(op, a, b);
  requireDtype(op, x, NUMBERS);
  return emit(op, [x, y], { dtype: 'bool', shape: broadcastShapes(op, x.shape, y.shape) });
}

export function equal(a: Operand, b: Operand): Tensor {
  return compare('equal', a, b);
}

export function less(a: Operand, b: Operand): Tensor {
  return compare('less', a, b);
}

export function lessEqual(a: Operand, b: Operand): Tensor {
  return compare('lessEqual', a, b);
}

export function greater(a: Operand, b: Operand): Tensor {
  return compare('greater', a, b);
}

export function greaterEqual(a: Operand, b: Operand): Tensor {
  return compare('greaterEqual', a, b);
}

export function logicalNot(x: Tensor): Tensor {
  requireDtype('logicalNot', x, ['bool']);
  return emit('logicalNot', [x], x);
}

function logical(op: string, a: Tensor, b: Tensor): Tensor {
  requireDtype(op, a, ['bool']);
  requireDtype(op, b, ['bool']);
  return emit(op, [a, b], { dtype: 'bool', shape: broadcastShapes(op, a.shape, b.shape) });
}

export function logicalAnd(a: Tensor, b: Tensor): Tensor {
  return logical('logicalAnd', a, b);
}

export function logicalOr(a: Tensor, b: Tensor): Tensor {
  return logical('logicalOr', a, b);
}

/** Where `condition` is true the first value, elsewhere the second. All three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  requireDtype('where', condition, ['bool']);
  const [x, y] = coerce('where', a, b);
  const values = broadcastShapes('where', x.shape, y.shape);
  const shape = broadcastShapes('where', condition.shape, values);
  return emit('where', [condition, x, y], { dtype: x.dtype, shape });
}

/** Converts the dtype; gradients pass between float dtypes only. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : emit('cast', [x], { dtype, shape: x.shape });
}

/** The same value, through which no gradient passes. */
export function stopGradient(x: Tensor): Tensor {
  return emit('stopGradient', [x], x);
}
