// The lowerings of operations to ONNX, for each target.

import {
  arrayOf,
  COUNTER_FACTOR,
  type DType,
  FRACTION_SHIFT,
  HASH_ROUNDS,
  LAST_SHIFT,
  STREAM_FACTOR,
} from '../../../core/index.ts';
import type { Node } from '../../graph.ts';
import type { MatmulAttributes } from '../../operations/matmul.ts';
import type { RandomAttributes } from '../../operations/random-uniform.ts';
import type { SliceAttributes } from '../../operations/slice.ts';
import type { OperationName } from '../../operations/table.ts';
import { stridesOf } from '../../values.ts';
import { type OnnxAttribute, onnxTypeCode } from './encode.ts';
import { lowerScan } from './lower-scan.ts';
import type { Emitter, Lowering } from './lowering.ts';

const MICROSOFT = 'com.microsoft';

function direct(op: string, attributes: Readonly<Record<string, OnnxAttribute>> = {}): Lowering {
  return (emitter, _node, inputs, outputs) => {
    emitter.node(op, inputs, { outputs, attributes });
  };
}

function reduction(op: string): Lowering {
  return (emitter, node, [x], outputs) => {
    const { axes, keepDims } = node.attributes as { axes: number[]; keepDims: boolean };
    emitter.node(op, [x!, emitter.int64(axes)], {
      outputs,
      attributes: { keepdims: keepDims ? 1 : 0 },
    });
  };
}

const shaped =
  (op: string): Lowering =>
  (emitter, node, [x], outputs) => {
    emitter.node(op, [x!, emitter.int64(node.outputs[0]!.shape)], { outputs });
  };

function scalarOf(emitter: Emitter, dtype: DType, value: number): string {
  return emitter.constant(arrayOf(dtype, [], value));
}

function cast(
  emitter: Emitter,
  x: string,
  to: DType | 'uint32',
  outputs?: readonly string[],
): string {
  const attributes = { to: onnxTypeCode(to) };
  return emitter.node('Cast', [x], outputs ? { attributes, outputs } : { attributes });
}

const lowerMatmul: Lowering = (emitter, node, [a, b], outputs) => {
  const { transposeA, transposeB, scale } = node.attributes as MatmulAttributes;
  const [x, y] = node.inputs as [Node['inputs'][0], Node['inputs'][0]];
  if (!transposeA && !transposeB && scale === 1) {
    emitter.node('MatMul', [a!, b!], { outputs });
    return;
  }
  // FusedMatMul exists in float32 only.
  if (emitter.target.fusedMatmul && x.dtype === 'float32') {
    emitter.node('FusedMatMul', [a!, b!], {
      outputs,
      domain: MICROSOFT,
      attributes: { transA: +transposeA, transB: +transposeB, alpha: { float: scale } },
    });
    return;
  }
  // Gemm's alpha is a float32.
  const exactScale = x.dtype === 'float32' || Math.fround(scale) === scale;
  if (x.shape.length === 2 && y.shape.length === 2 && exactScale) {
    emitter.node('Gemm', [a!, b!], {
      outputs,
      attributes: { transA: +transposeA, transB: +transposeB, alpha: { float: scale } },
    });
    return;
  }
  const swap = (name: string, rank: number) => {
    const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
    return emitter.node('Transpose', [name], { attributes: { perm } });
  };
  const left = transposeA ? swap(a!, x.shape.length) : a!;
  const right = transposeB ? swap(b!, y.shape.length) : b!;
  if (scale === 1) {
    emitter.node('MatMul', [left, right], { outputs });
    return;
  }
  const product = emitter.node('MatMul', [left, right]);
  // onnxruntime folds a scalar factor into alpha, a float32; it does not fold a row of factors.
  const width = exactScale ? 1 : node.outputs[0]!.shape.at(-1)!;
  const factors = arrayOf(x.dtype, exactScale ? [] : [width], new Array(width).fill(scale));
  emitter.node('Mul', [product, emitter.constant(factors)], { outputs });
};

const lowerRmsNorm: Lowering = (emitter, node, [x, weight], outputs) => {
  const epsilon = node.attributes.epsilon as number;
  const { dtype, shape } = node.inputs[0]!;
  if (emitter.target.fusedRmsNorm && dtype === 'float32') {
    emitter.node('SimplifiedLayerNormalization', [x!, weight!], {
      outputs,
      attributes: { axis: -1, epsilon: { float: epsilon }, stash_type: 1 },
    });
    return;
  }
  const squared = emitter.node('Mul', [x!, x!]);
  const meanSquare = emitter.node('ReduceMean', [squared, emitter.int64([shape.length - 1])]);
  const shifted = emitter.node('Add', [meanSquare, scalarOf(emitter, dtype, epsilon)]);
  const inverse = emitter.node('Reciprocal', [emitter.node('Sqrt', [shifted])], {
    outputs: [outputs[1]!],
  });
  const normal = emitter.node('Mul', [x!, inverse]);
  emitter.node('Mul', [normal, weight!], { outputs: [outputs[0]!] });
};

const lowerRope: Lowering = (emitter, node, [x, cos, sin], outputs) => {
  const inverse = node.attributes.inverse as boolean;
  const { dtype, shape } = node.inputs[0]!;
  const [batch, , time, size] = shape as [number, number, number, number];
  const turned = inverse ? emitter.node('Neg', [sin!]) : sin!;
  if (emitter.target.fusedRope && dtype === 'float32') {
    const positions = Array.from({ length: batch * time }, (_, i) => i % time);
    const ids = emitter.constant(arrayOf('int64', [batch, time], positions));
    emitter.node('RotaryEmbedding', [x!, ids, cos!, turned], { outputs, domain: MICROSOFT });
    return;
  }
  const half = size / 2;
  const part = (start: number) =>
    emitter.node('Slice', [
      x!,
      emitter.int64([start]),
      emitter.int64([start + half]),
      emitter.int64([3]),
    ]);
  const a = part(0);
  const b = part(half);
  const product = (u: string, v: string) => emitter.node('Mul', [u, v]);
  const first = emitter.node('Sub', [product(a, cos!), product(b, turned)]);
  const second = emitter.node('Add', [product(b, cos!), product(a, turned)]);
  emitter.node('Concat', [first, second], { outputs, attributes: { axis: 3 } });
};

/**
 * In float64 the sigmoid is written out: onnxruntime fuses x · Sigmoid(x) into QuickGelu, for which it
 * has a float32 kernel only, and then refuses the model.
 */
const lowerSigmoid: Lowering = (emitter, node, [x], outputs) => {
  if (node.inputs[0]!.dtype === 'float32') {
    emitter.node('Sigmoid', [x!], { outputs });
    return;
  }
  emitter.node('Reciprocal', [onePlusExpOfMinus(emitter, x!)], { outputs });
};

/** x · sigmoid(x) as QuickGelu with a factor of 1: one pass over memory instead of two. */
const lowerSilu: Lowering = (emitter, node, [x], outputs) => {
  const { dtype } = node.inputs[0]!;
  if (dtype === 'float32' && emitter.target.fusedSilu) {
    const attributes = { alpha: { float: 1 } };
    emitter.node('QuickGelu', [x!], { outputs, domain: MICROSOFT, attributes });
    return;
  }
  if (dtype === 'float32') {
    emitter.node('Mul', [x!, emitter.node('Sigmoid', [x!])], { outputs });
    return;
  }
  emitter.node('Div', [x!, onePlusExpOfMinus(emitter, x!)], { outputs });
};

/** 1 + e^−x in float64. */
function onePlusExpOfMinus(emitter: Emitter, x: string): string {
  const e = emitter.node('Exp', [emitter.node('Neg', [x])]);
  return emitter.node('Add', [e, scalarOf(emitter, 'float64', 1)]);
}

/** Zeros of the output's shape, to scatter into. */
function zerosLike(emitter: Emitter, node: Node): string {
  const { dtype, shape } = node.outputs[0]!;
  return emitter.node('ConstantOfShape', [emitter.int64(shape)], {
    attributes: { value: arrayOf(dtype, [1], 0) },
  });
}

/**
 * Rows are scattered element by element: ScatterND with reduction "add" races on the CPU when ids
 * repeat and there are two threads, and loses updates silently.
 */
const lowerScatterAddRows: Lowering = (emitter, node, [ids, updates], outputs) => {
  const [count, width] = node.inputs[1]!.shape as [number, number];
  const column = emitter.node('Reshape', [ids!, emitter.int64([count, 1])]);
  const spread = emitter.node('Expand', [column, emitter.int64([count, width])]);
  emitter.node('ScatterElements', [zerosLike(emitter, node), spread, updates!], {
    outputs,
    attributes: { axis: 0, reduction: 'add' },
  });
};

const lowerScatterAddAlongLastAxis: Lowering = (emitter, node, [ids, updates], outputs) => {
  const axis = node.outputs[0]!.shape.length - 1;
  emitter.node('ScatterElements', [zerosLike(emitter, node), ids!, updates!], {
    outputs,
    attributes: { axis, reduction: 'add' },
  });
};

/** The numbers of the drawn elements; a part of a larger array skips some. */
function elementNumbers(emitter: Emitter, { whole, starts, shape }: RandomAttributes): string {
  const int32 = (value: number) => scalarOf(emitter, 'int32', value | 0);
  const strides = stridesOf(whole);
  const range = (count: number) => emitter.node('Range', [int32(0), int32(count), int32(1)]);
  if (shape.every((size, axis) => size === whole[axis])) {
    return range(shape.reduce((product, size) => product * size, 1));
  }
  const parts = shape.map((size, axis) => {
    const scaled = emitter.node('Mul', [range(size), int32(strides[axis]!)]);
    const numbers = emitter.node('Add', [scaled, int32(starts[axis]! * strides[axis]!)]);
    const column = shape.map((_, i) => (i === axis ? size : 1));
    return emitter.node('Reshape', [numbers, emitter.int64(column)]);
  });
  const sum = parts.reduce((a, b) => emitter.node('Add', [a, b]));
  return emitter.node('Reshape', [sum, emitter.int64([-1])]);
}

/** `hashUniform` of all elements at once. */
const lowerRandomUniform: Lowering = (emitter, node, [key], outputs) => {
  const attributes = node.attributes as RandomAttributes;
  const int32 = (value: number) => scalarOf(emitter, 'int32', value);
  const word = (i: number) => emitter.node('Gather', [key!, int32(i)], { attributes: { axis: 0 } });
  const shiftRight = (x: string, bits: number) => {
    const wide = cast(emitter, x, 'uint32');
    const by = emitter.constant({ ...arrayOf('int32', [], bits), dtype: 'uint32' });
    const shifted = emitter.node('BitShift', [wide, by], { attributes: { direction: 'RIGHT' } });
    return cast(emitter, shifted, 'int32');
  };
  let x = emitter.node('Mul', [elementNumbers(emitter, attributes), int32(COUNTER_FACTOR)]);
  for (const salt of [
    word(0),
    emitter.node('Add', [word(1), int32(Math.imul(attributes.stream, STREAM_FACTOR))]),
  ]) {
    x = emitter.node('Add', [x, salt]);
    for (const [multiplier, bits] of HASH_ROUNDS) {
      x = emitter.node('BitwiseXor', [x, shiftRight(x, bits)]);
      x = emitter.node('Mul', [x, int32(multiplier)]);
    }
    x = emitter.node('BitwiseXor', [x, shiftRight(x, LAST_SHIFT)]);
  }
  const fraction = emitter.node('Mul', [
    cast(emitter, shiftRight(x, FRACTION_SHIFT), 'float32'),
    scalarOf(emitter, 'float32', 2 ** -24),
  ]);
  emitter.node('Reshape', [fraction, emitter.int64(attributes.shape)], { outputs });
};

function lowerSlice(nameAxis: (axis: number, rank: number) => number): Lowering {
  return (emitter, node, [x], outputs) => {
    const { axis, start, end } = node.attributes as SliceAttributes;
    const named = nameAxis(axis, node.inputs[0]!.shape.length);
    const limits = [start, end, named].map((value) => emitter.int64([value]));
    emitter.node('Slice', [x!, ...limits], { outputs });
  };
}

/** By name of operation, including operations that only this backend has. */
const LOWERINGS: Partial<Readonly<Record<OperationName | 'sliceAgain', Lowering>>> = {
  add: direct('Add'),
  sub: direct('Sub'),
  mul: direct('Mul'),
  div: direct('Div'),
  maximum: direct('Max'),
  minimum: direct('Min'),
  pow: direct('Pow'),
  neg: direct('Neg'),
  exp: direct('Exp'),
  log: direct('Log'),
  sqrt: direct('Sqrt'),
  reciprocal: direct('Reciprocal'),
  tanh: direct('Tanh'),
  sigmoid: lowerSigmoid,
  silu: lowerSilu,
  relu: direct('Relu'),
  abs: direct('Abs'),
  sign: direct('Sign'),
  sin: direct('Sin'),
  cos: direct('Cos'),
  equal: direct('Equal'),
  less: direct('Less'),
  lessEqual: direct('LessOrEqual'),
  greater: direct('Greater'),
  greaterEqual: direct('GreaterOrEqual'),
  logicalNot: direct('Not'),
  logicalAnd: direct('And'),
  logicalOr: direct('Or'),
  where: direct('Where'),
  identity: direct('Identity'),
  stopGradient: direct('Identity'),
  cast: (emitter, node, [x], outputs) => {
    cast(emitter, x!, node.outputs[0]!.dtype, outputs);
  },
  sum: reduction('ReduceSum'),
  max: reduction('ReduceMax'),
  min: reduction('ReduceMin'),
  argmax: (emitter, node, inputs, outputs) => {
    const attributes = { axis: node.attributes.axis as number, keepdims: 0 };
    emitter.node('ArgMax', inputs, { outputs, attributes });
  },
  reshape: shaped('Reshape'),
  expand: shaped('Expand'),
  transpose: (emitter, node, inputs, outputs) => {
    const attributes = { perm: node.attributes.permutation as number[] };
    emitter.node('Transpose', inputs, { outputs, attributes });
  },
  slice: lowerSlice((axis) => axis),
  // onnxruntime merges equal nodes; a negative axis means the same, but makes the node unequal.
  sliceAgain: lowerSlice((axis, rank) => axis - rank),
  concat: (emitter, node, inputs, outputs) => {
    emitter.node('Concat', inputs, {
      outputs,
      attributes: { axis: node.attributes.axis as number },
    });
  },
  pad: (emitter, node, [x], outputs) => {
    const { axis, before, after } = node.attributes as {
      axis: number;
      before: number;
      after: number;
    };
    const rank = node.inputs[0]!.shape.length;
    const amounts: number[] = new Array(2 * rank).fill(0);
    amounts[axis] = before;
    amounts[axis + rank] = after;
    emitter.node('Pad', [x!, emitter.int64(amounts)], { outputs });
  },
  matmul: lowerMatmul,
  gatherRows: direct('Gather', { axis: 0 }),
  scatterAddRows: lowerScatterAddRows,
  takeAlongLastAxis: (emitter, node, inputs, outputs) => {
    const axis = node.outputs[0]!.shape.length - 1;
    emitter.node('GatherElements', inputs, { outputs, attributes: { axis } });
  },
  scatterAddAlongLastAxis: lowerScatterAddAlongLastAxis,
  cumulativeSum: (emitter, node, [x], outputs) => {
    const { axis, reverse } = node.attributes as { axis: number; reverse: boolean };
    emitter.node('CumSum', [x!, scalarOf(emitter, 'int64', axis)], {
      outputs,
      attributes: { reverse: +reverse },
    });
  },
  softmax: direct('Softmax', { axis: -1 }),
  rmsNorm: lowerRmsNorm,
  rope: lowerRope,
  randomUniform: lowerRandomUniform,
  scan: lowerScan,
};

/** The lowering of an operation; undefined if it has to be expanded. */
export function loweringOf(operation: string): Lowering | undefined {
  return (LOWERINGS as Readonly<Record<string, Lowering>>)[operation];
}
