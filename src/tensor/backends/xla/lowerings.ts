// How operations are written in StableHLO. What is missing here is decomposed.

import {
  type ArraySpec,
  COUNTER_FACTOR,
  FRACTION_SHIFT,
  HASH_ROUNDS,
  LAST_SHIFT,
  type Shape,
  STREAM_FACTOR,
  sizeOf,
} from '../../../core/index.ts';
import type { Node, Tensor } from '../../graph.ts';
import type { ReduceAttributes } from '../../operations/define-reduction.ts';
import type { MatmulAttributes } from '../../operations/matmul.ts';
import type { RandomAttributes } from '../../operations/random-uniform.ts';
import type { SliceAttributes } from '../../operations/slice.ts';
import type { OperationName } from '../../operations/table.ts';
import { stridesOf } from '../../values.ts';
import { lowerFusedAttention, lowerFusedAttentionGradient } from './lower-fused-attention.ts';
import { lowerLoop } from './lower-loop.ts';
import type { Lowering } from './lowering.ts';
import type { Value, Writer } from './stablehlo.ts';
import * as hlo from './stablehlo.ts';

const shapeOf = (node: Node): Shape => node.outputs[0]!.shape;
const elementOf = (node: Node) => hlo.elementTypeOf(node.outputs[0]!.dtype);

/** An operation of one name here and there, on operands that are stretched to one shape. */
function direct(operation: string): Lowering {
  return (writer, node, inputs) => [
    hlo.elementwise(
      writer,
      operation,
      inputs.map((x) => hlo.broadcast(writer, x, shapeOf(node))),
    ),
  ];
}

function comparison(direction: hlo.Comparison): Lowering {
  return (writer, node, inputs) => {
    const [a, b] = inputs.map((x) => hlo.broadcast(writer, x, shapeOf(node))) as [Value, Value];
    return [hlo.compare(writer, direction, a, b)];
  };
}

function reduction(combination: hlo.Combination): Lowering {
  return (writer, node, [x]) => {
    const { axes } = node.attributes as unknown as ReduceAttributes;
    return [hlo.reshape(writer, hlo.reduce(writer, x!, combination, axes), shapeOf(node))];
  };
}

const lowerWhere: Lowering = (writer, node, inputs) => {
  const [condition, yes, no] = inputs.map((x) => hlo.broadcast(writer, x, shapeOf(node))) as [
    Value,
    Value,
    Value,
  ];
  return [hlo.select(writer, condition, yes, no)];
};

/** The first place of the largest element: the least index of those that equal it. */
const lowerArgmax: Lowering = (writer, node, [x]) => {
  const axis = node.attributes.axis as number;
  const others = x!.shape.flatMap((_, i) => (i === axis ? [] : [i]));
  const largest = hlo.broadcastAlong(
    writer,
    hlo.reduce(writer, x!, 'maximum', [axis]),
    x!.shape,
    others,
  );
  const index = hlo.iota(writer, 'i64', x!.shape, axis);
  const last = hlo.splat(writer, index, x!.shape[axis]! - 1);
  const isLargest = hlo.compare(writer, 'EQ', x!, largest);
  const found = hlo.select(writer, isLargest, index, last);
  return [hlo.reduce(writer, found, 'minimum', [axis])];
};

const lowerMatmul: Lowering = (writer, node, [a, b]) => {
  const attributes = node.attributes as unknown as MatmulAttributes;
  const { transposeA, transposeB, scale, precision, rounds } = attributes;
  const [rankA, rankB] = [a!.shape.length, b!.shape.length];
  // A plain matrix on the right meets all leading axes of the left at once.
  const shared = rankB === 2 ? [] : Array.from({ length: rankA - 2 }, (_, axis) => axis);
  const contraction = {
    batch: [shared, shared],
    contracted: [[transposeA ? rankA - 2 : rankA - 1], [transposeB ? rankB - 1 : rankB - 2]],
  } as const;
  const element = elementOf(node);
  const factor = (x: Value) => {
    if (precision !== 'bfloat16') return x;
    const rounded = hlo.convert(writer, x, 'bf16');
    // A sum of bfloat16 products is a float32.
    return element === 'f64' ? hlo.convert(writer, rounded, 'f64') : rounded;
  };
  const [left, right] = [factor(a!), factor(b!)];
  if (rounds && scale === 1) {
    const type = left.element === 'f64' ? 'f64' : 'bf16';
    const product = hlo.dotGeneral(writer, left, right, { ...contraction, element: type });
    return [hlo.convert(writer, hlo.convert(writer, product, 'bf16'), element)];
  }
  const product = hlo.dotGeneral(writer, left, right, {
    ...contraction,
    element: element === 'bf16' && scale !== 1 ? 'f32' : element,
  });
  const scaled =
    scale === 1
      ? product
      : hlo.elementwise(writer, 'multiply', [product, hlo.splat(writer, product, scale)]);
  const rounded = rounds ? hlo.convert(writer, scaled, 'bf16') : scaled;
  return [hlo.convert(writer, rounded, element)];
};

/** `ids` of any shape as places on the first axis, `[count, 1]`. */
function placesOf(writer: Writer, ids: Value): Value {
  return hlo.reshape(writer, ids, [sizeOf(ids.shape), 1]);
}

const lowerGatherRows: Lowering = (writer, node, [table, ids]) => [
  hlo.reshape(writer, hlo.gather(writer, table!, placesOf(writer, ids!)), shapeOf(node)),
];

const lowerScatterAddRows: Lowering = (writer, node, [ids, updates]) => {
  const zeros = hlo.splat(writer, { element: elementOf(node), shape: shapeOf(node) }, 0);
  return [hlo.scatterAdd(writer, zeros, placesOf(writer, ids!), updates!)];
};

/** Places `[count, 2]` of `indices [..., taken]` in a matrix of one row per leading index. */
function placesAlongLastAxis(writer: Writer, indices: Value): Value {
  const taken = indices.shape.at(-1)!;
  const count = sizeOf(indices.shape);
  const rows = count / Math.max(1, taken);
  const row = hlo.iota(writer, indices.element, [rows, taken], 0);
  const column = (x: Value) => hlo.reshape(writer, x, [count, 1]);
  return hlo.concatenate(writer, [column(row), column(indices)], 1, [count, 2]);
}

/** The leading axes as one. */
function rowsOf(writer: Writer, x: Value): Value {
  const width = x.shape.at(-1)!;
  return hlo.reshape(writer, x, [sizeOf(x.shape.slice(0, -1)), width]);
}

const lowerTakeAlongLastAxis: Lowering = (writer, node, [x, indices]) => {
  const places = placesAlongLastAxis(writer, indices!);
  return [hlo.reshape(writer, hlo.gather(writer, rowsOf(writer, x!), places), shapeOf(node))];
};

const lowerScatterAddAlongLastAxis: Lowering = (writer, node, [indices, updates]) => {
  const width = shapeOf(node).at(-1)!;
  const rows = sizeOf(shapeOf(node).slice(0, -1));
  const zeros = hlo.splat(writer, { element: elementOf(node), shape: [rows, width] }, 0);
  const places = placesAlongLastAxis(writer, indices!);
  const flat = hlo.reshape(writer, updates!, [sizeOf(updates!.shape)]);
  return [hlo.reshape(writer, hlo.scatterAdd(writer, zeros, places, flat), shapeOf(node))];
};

const lowerSoftmax: Lowering = (writer, _node, [x]) => {
  const last = x!.shape.length - 1;
  const others = x!.shape.slice(0, -1).map((_, axis) => axis);
  const along = (reduced: Value) => hlo.broadcastAlong(writer, reduced, x!.shape, others);
  const largest = along(hlo.reduce(writer, x!, 'maximum', [last]));
  const shifted = hlo.elementwise(writer, 'subtract', [x!, largest]);
  const powers = hlo.elementwise(writer, 'exponential', [shifted]);
  const total = along(hlo.reduce(writer, powers, 'add', [last]));
  return [hlo.elementwise(writer, 'divide', [powers, total])];
};

const lowerRmsNorm: Lowering = (writer, node, [x, weight]) => {
  const last = x!.shape.length - 1;
  const others = x!.shape.slice(0, -1).map((_, axis) => axis);
  const product = (a: Value, b: Value) => hlo.elementwise(writer, 'multiply', [a, b]);
  const total = hlo.reduce(writer, product(x!, x!), 'add', [last]);
  const mean = product(total, hlo.splat(writer, total, 1 / x!.shape[last]!));
  const shifted = hlo.elementwise(writer, 'add', [
    mean,
    hlo.splat(writer, mean, node.attributes.epsilon as number),
  ]);
  const root = hlo.elementwise(writer, 'sqrt', [shifted]);
  const inverse = hlo.elementwise(writer, 'divide', [hlo.splat(writer, root, 1), root]);
  const normal = product(x!, hlo.broadcastAlong(writer, inverse, x!.shape, others));
  return [
    product(normal, hlo.broadcast(writer, weight!, x!.shape)),
    hlo.reshape(writer, inverse, node.outputs[1]!.shape),
  ];
};

const lowerRope: Lowering = (writer, node, [x, cos, sin]) => {
  const { shape } = x!;
  const half = shape[3]! / 2;
  const part = (start: number) =>
    hlo.slice(writer, x!, [0, 0, 0, start], [...shape.slice(0, 3), start + half]);
  const [a, b] = [part(0), part(half)];
  const product = (u: Value, table: Value) =>
    hlo.elementwise(writer, 'multiply', [u, hlo.broadcast(writer, table, u.shape)]);
  const turned = node.attributes.inverse ? hlo.elementwise(writer, 'negate', [sin!]) : sin!;
  const first = hlo.elementwise(writer, 'subtract', [product(a, cos!), product(b, turned)]);
  const second = hlo.elementwise(writer, 'add', [product(b, cos!), product(a, turned)]);
  return [hlo.concatenate(writer, [first, second], 3, shape)];
};

/** Numbers of the drawn elements in the whole array, as unsigned integers. */
function elementNumbers(writer: Writer, { whole, starts, shape }: RandomAttributes): Value {
  const strides = stridesOf(whole);
  const first = starts.reduce((sum, start, axis) => sum + start * strides[axis]!, 0);
  const type = { element: 'ui32', shape } as const;
  const multiple = (x: Value, factor: number) =>
    hlo.elementwise(writer, 'multiply', [x, hlo.splat(writer, x, factor >>> 0)]);
  return shape.reduce(
    (sum, _, axis) =>
      hlo.elementwise(writer, 'add', [
        sum,
        multiple(hlo.iota(writer, 'ui32', shape, axis), strides[axis]!),
      ]),
    hlo.splat(writer, type, first >>> 0),
  );
}

/** `hashUniform` of all elements at once: the same bits as on every other backend. */
const lowerRandomUniform: Lowering = (writer, node, [key]) => {
  const attributes = node.attributes as unknown as RandomAttributes;
  const word = (at: number) => {
    const one = hlo.reshape(writer, hlo.slice(writer, key!, [at], [at + 1]), []);
    return hlo.convert(writer, one, 'ui32');
  };
  const number = (x: Value, value: number) => hlo.splat(writer, x, value >>> 0);
  const spread = (x: Value, like: Value) => hlo.broadcast(writer, x, like.shape);
  const operate = (operation: string, a: Value, b: Value) =>
    hlo.elementwise(writer, operation, [a, b]);
  const mix = (x: Value, bits: number) =>
    operate('xor', x, operate('shift_right_logical', x, number(x, bits)));
  const numbers = elementNumbers(writer, attributes);
  let x = operate('multiply', numbers, number(numbers, COUNTER_FACTOR));
  const second = word(1);
  const stream = number(second, Math.imul(attributes.stream, STREAM_FACTOR));
  for (const salt of [word(0), operate('add', second, stream)]) {
    x = operate('add', x, spread(salt, x));
    for (const [multiplier, bits] of HASH_ROUNDS) {
      x = operate('multiply', mix(x, bits), number(x, multiplier));
    }
    x = mix(x, LAST_SHIFT);
  }
  const bits = operate('shift_right_logical', x, number(x, FRACTION_SHIFT));
  const fraction = hlo.convert(writer, bits, 'f32');
  return [operate('multiply', fraction, hlo.splat(writer, fraction, 2 ** -24))];
};

const asItIs: Lowering = (_writer, _node, [x]) => [x];

const LOWERINGS: Partial<Readonly<Record<OperationName, Lowering>>> = {
  add: direct('add'),
  // Expanded, where cuDNN does not compute them.
  attention: lowerFusedAttention,
  attentionGradient: lowerFusedAttentionGradient,
  sub: direct('subtract'),
  mul: direct('multiply'),
  div: direct('divide'),
  maximum: direct('maximum'),
  minimum: direct('minimum'),
  pow: direct('power'),
  neg: direct('negate'),
  exp: direct('exponential'),
  log: direct('log'),
  sqrt: direct('sqrt'),
  tanh: direct('tanh'),
  sigmoid: direct('logistic'),
  abs: direct('abs'),
  sign: direct('sign'),
  sin: direct('sine'),
  cos: direct('cosine'),
  reciprocal: (writer, _node, [x]) => [
    hlo.elementwise(writer, 'divide', [hlo.splat(writer, x!, 1), x!]),
  ],
  relu: (writer, _node, [x]) => [
    hlo.elementwise(writer, 'maximum', [x!, hlo.splat(writer, x!, 0)]),
  ],
  equal: comparison('EQ'),
  less: comparison('LT'),
  lessEqual: comparison('LE'),
  greater: comparison('GT'),
  greaterEqual: comparison('GE'),
  logicalNot: direct('not'),
  logicalAnd: direct('and'),
  logicalOr: direct('or'),
  where: lowerWhere,
  identity: asItIs,
  stopGradient: asItIs,
  cast: (writer, node, [x]) => [hlo.convert(writer, x!, elementOf(node))],
  sum: reduction('add'),
  max: reduction('maximum'),
  min: reduction('minimum'),
  argmax: lowerArgmax,
  reshape: (writer, node, [x]) => [hlo.reshape(writer, x!, shapeOf(node))],
  expand: (writer, node, [x]) => [hlo.broadcast(writer, x!, shapeOf(node))],
  transpose: (writer, node, [x]) => [
    hlo.transpose(writer, x!, node.attributes.permutation as readonly number[]),
  ],
  slice: (writer, node, [x]) => {
    const { axis, start, end } = node.attributes as unknown as SliceAttributes;
    const at = (value: number, others: readonly number[]) =>
      others.map((other, i) => (i === axis ? value : other));
    const begin = x!.shape.map(() => 0);
    return [hlo.slice(writer, x!, at(start, begin), at(end, x!.shape))];
  },
  concat: (writer, node, inputs) => [
    hlo.concatenate(writer, inputs, node.attributes.axis as number, shapeOf(node)),
  ],
  pad: (writer, node, [x]) => {
    const { axis, before, after } = node.attributes as Record<'axis' | 'before' | 'after', number>;
    const at = (value: number) => x!.shape.map((_, i) => (i === axis ? value : 0));
    return [hlo.pad(writer, x!, at(before), at(after))];
  },
  matmul: lowerMatmul,
  gatherRows: lowerGatherRows,
  scatterAddRows: lowerScatterAddRows,
  takeAlongLastAxis: lowerTakeAlongLastAxis,
  scatterAddAlongLastAxis: lowerScatterAddAlongLastAxis,
  cumulativeSum: (writer, node, [x]) => {
    const { axis, reverse } = node.attributes as { axis: number; reverse: boolean };
    return [hlo.cumulativeSum(writer, x!, axis, reverse)];
  },
  softmax: lowerSoftmax,
  rmsNorm: lowerRmsNorm,
  rope: lowerRope,
  randomUniform: lowerRandomUniform,
  scan: lowerLoop,
};

/** What only moves values, or minds their dtypes itself. */
const ANY_DTYPE: ReadonlySet<string> = new Set<OperationName>([
  ...(['cast', 'concat', 'expand', 'gatherRows', 'identity', 'matmul', 'pad', 'reshape'] as const),
  ...(['scan', 'slice', 'stopGradient', 'takeAlongLastAxis', 'transpose', 'where'] as const),
]);

const isBfloat16 = ({ dtype }: ArraySpec) => dtype === 'bfloat16';

/** Computes in float32 what is asked for in bfloat16, and rounds at the end. */
function inFloat32(lowering: Lowering): Lowering {
  const widen = (x: Tensor): Tensor => (isBfloat16(x) ? { ...x, dtype: 'float32' } : x);
  return (writer, node, inputs, part) => {
    if (![...node.inputs, ...node.outputs].some(isBfloat16)) {
      return lowering(writer, node, inputs, part);
    }
    const wide = { ...node, inputs: node.inputs.map(widen), outputs: node.outputs.map(widen) };
    const values = inputs.map((x) => (x.element === 'bf16' ? hlo.convert(writer, x, 'f32') : x));
    return lowering(writer, wide, values, part).map(
      (x, i) => x && hlo.convert(writer, x, hlo.elementTypeOf(node.outputs[i]!.dtype)),
    );
  };
}

/** How an operation is written, where it is written as it is. */
export function loweringOf(operation: string): Lowering | undefined {
  const lowering = (LOWERINGS as Readonly<Record<string, Lowering>>)[operation];
  if (!lowering || ANY_DTYPE.has(operation)) return lowering;
  return inFloat32(lowering);
}
