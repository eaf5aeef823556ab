// The derivative of every operation: cotangents of the inputs from the cotangents of the outputs.

import type { Shape } from '../core/index.ts';
import type { Node, Tensor } from './graph.ts';
import * as ops from './ops/elementwise.ts';
import {
  cumulativeSum,
  gatherRows,
  scatterAddAlongLastAxis,
  scatterAddRows,
  takeAlongLastAxis,
} from './ops/indexing.ts';
import { matmul } from './ops/matmul.ts';
import { sum } from './ops/reduce.ts';
import { rope } from './ops/rope.ts';
import { expand, pad, reshape, slice, transpose } from './ops/structure.ts';
import { sameShape } from './shape.ts';

const { div, mul, neg, sub, where } = ops;

/**
 * One maker an input; undefined where an input (an index, a condition) has no gradient. `g` is the
 * cotangent of the first output, `all` are those of every output (null: zero).
 */
type Rule = (
  node: Node,
  g: Tensor,
  all: readonly (Tensor | null)[],
) => readonly ((() => Tensor) | undefined)[];

/** Sums a cotangent over the axes that broadcasting added or stretched, back to `shape`. */
function sumToShape(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const offset = g.shape.length - shape.length;
  const axes = g.shape.flatMap((size, i) =>
    i < offset || (shape[i - offset] === 1 && size !== 1) ? [i] : [],
  );
  return reshape(sum(g, { axes }), shape);
}

type BinaryRule = (g: Tensor, x: Tensor, y: Tensor, out: Tensor) => [() => Tensor, () => Tensor];

function binary(rule: BinaryRule): Rule {
  return (node, g) => {
    const [x, y] = node.inputs as [Tensor, Tensor];
    const [dx, dy] = rule(g, x, y, node.outputs[0]!);
    return [() => sumToShape(dx(), x.shape), () => sumToShape(dy(), y.shape)];
  };
}

function unary(rule: (g: Tensor, x: Tensor, out: Tensor) => Tensor): Rule {
  return (node, g) => [() => rule(g, node.inputs[0]!, node.outputs[0]!)];
}

/** The shape of a reduction's result with the reduced axes kept as 1. */
function keptShape(node: Node): Shape {
  const axes = node.attributes.axes as number[];
  return node.inputs[0]!.shape.map((size, i) => (axes.includes(i) ? 1 : size));
}

const extremum: Rule = (node, g) => [
  () => {
    const x = node.inputs[0]!;
    const kept = keptShape(node);
    // Ties share the gradient equally, so that it does not depend on the order of the elements.
    const hit = ops.cast(ops.equal(x, reshape(node.outputs[0]!, kept)), x.dtype);
    const count = sum(hit, { axes: node.attributes.axes as number[], keepDims: true });
    return mul(hit, div(reshape(g, kept), count));
  },
];

const matmulRule: Rule = (node, g) => {
  const [a, b] = node.inputs as [Tensor, Tensor];
  const {
    transposeA: ta,
    transposeB: tb,
    scale,
  } = node.attributes as {
    transposeA: boolean;
    transposeB: boolean;
    scale: number;
  };
  const da = () =>
    ta
      ? matmul(b, g, { transposeA: tb, transposeB: true, scale })
      : matmul(g, b, { transposeB: !tb, scale });
  if (b.shape.length === a.shape.length) {
    return [
      da,
      () =>
        tb
          ? matmul(g, a, { transposeA: true, transposeB: ta, scale })
          : matmul(a, g, { transposeA: !ta, scale }),
    ];
  }
  // A plain matrix on the right of a batch: the batch is one long matrix.
  const rows = reshape(a, [-1, a.shape.at(-1)!]);
  const flat = reshape(g, [-1, g.shape.at(-1)!]);
  return [
    da,
    () =>
      tb
        ? matmul(flat, rows, { transposeA: true, scale })
        : matmul(rows, flat, { transposeA: true, scale }),
  ];
};

const rmsNormRule: Rule = (node, _g, [g, gInverse]) => {
  const [x, weight] = node.inputs as [Tensor, Tensor];
  const inverse = node.outputs[1]!;
  const normal = mul(x, inverse);
  const perElement = 1 / x.shape.at(-1)!;
  const throughOutput = (cotangent: Tensor) => {
    const weighted = mul(cotangent, weight);
    const projection = mul(sum(mul(weighted, normal), { axes: [-1], keepDims: true }), perElement);
    return mul(sub(weighted, mul(normal, projection)), inverse);
  };
  // The second output takes part in second derivatives only: d inverse / dx = −inverse³ · x / size.
  const throughInverse = (cotangent: Tensor) =>
    mul(mul(normal, mul(mul(inverse, inverse), cotangent)), -perElement);
  return [
    () => {
      if (!g) return throughInverse(gInverse!);
      return gInverse ? ops.add(throughOutput(g), throughInverse(gInverse)) : throughOutput(g);
    },
    g ? () => sumToShape(mul(g, normal), weight.shape) : undefined,
  ];
};

/** Keyed by the node's `op`. Comparisons, integer operations and random numbers pass no gradient. */
export const DERIVATIVES: Readonly<Record<string, Rule>> = {
  add: binary((g) => [() => g, () => g]),
  sub: binary((g) => [() => g, () => neg(g)]),
  mul: binary((g, x, y) => [() => mul(g, y), () => mul(g, x)]),
  div: binary((g, _x, y, out) => [() => div(g, y), () => neg(div(mul(g, out), y))]),
  maximum: binary((g, x, y) => [
    () => where(ops.greaterEqual(x, y), g, 0),
    () => where(ops.greaterEqual(x, y), 0, g),
  ]),
  minimum: binary((g, x, y) => [
    () => where(ops.lessEqual(x, y), g, 0),
    () => where(ops.lessEqual(x, y), 0, g),
  ]),
  pow: (node, g) => {
    const exponent = node.attributes.exponent as number;
    // 0 · x^-1 would be NaN at 0.
    const slope = () =>
      exponent === 0 ? 0 : mul(ops.pow(node.inputs[0]!, exponent - 1), exponent);
    return [() => mul(g, slope()), undefined];
  },
  neg: unary((g) => neg(g)),
  exp: unary((g, _x, y) => mul(g, y)),
  log: unary((g, x) => div(g, x)),
  sqrt: unary((g, _x, y) => div(mul(g, 0.5), y)),
  reciprocal: unary((g, _x, y) => neg(mul(g, mul(y, y)))),
  tanh: unary((g, _x, y) => mul(g, sub(1, mul(y, y)))),
  sigmoid: unary((g, _x, y) => mul(g, mul(y, sub(1, y)))),
  relu: unary((g, x) => where(ops.greater(x, 0), g, 0)),
  abs: unary((g, x) => mul(g, ops.sign(x))),
  sin: unary((g, x) => mul(g, ops.cos(x))),
  cos: unary((g, x) => neg(mul(g, ops.sin(x)))),
  where: (node, g) => {
    const [condition, x, y] = node.inputs as [Tensor, Tensor, Tensor];
    return [
      undefined,
      () => sumToShape(where(condition, g, 0), x.shape),
      () => sumToShape(where(condition, 0, g), y.shape),
    ];
  },
  identity: unary((g) => g),
  cast: unary((g, x) => ops.cast(g, x.dtype)),
  sum: (node, g) => [() => expand(reshape(g, keptShape(node)), node.inputs[0]!.shape)],
  max: extremum,
  min: extremum,
  reshape: unary((g, x) => reshape(g, x.shape)),
  transpose: (node, g) => {
    const order = node.attributes.permutation as number[];
    return [
      () =>
        transpose(
          g,
          order.map((_, axis) => order.indexOf(axis)),
        ),
    ];
  },
  slice: (node, g) => {
    const { axis, start, end } = node.attributes as { axis: number; start: number; end: number };
    return [() => pad(g, axis, start, node.inputs[0]!.shape[axis]! - end)];
  },
  concat: (node, g) => {
    const axis = node.attributes.axis as number;
    let offset = 0;
    return node.inputs.map((x) => {
      const start = offset;
      offset += x.shape[axis]!;
      return () => slice(g, axis, start, start + x.shape[axis]!);
    });
  },
  pad: (node, g) => {
    const { axis, before } = node.attributes as { axis: number; before: number };
    return [() => slice(g, axis, before, before + node.inputs[0]!.shape[axis]!)];
  },
  expand: unary((g, x) => sumToShape(g, x.shape)),
  matmul: matmulRule,
  gatherRows: (node, g) => {
    const [table, ids] = node.inputs as [Tensor, Tensor];
    const width = table.shape[1]!;
    return [
      () => scatterAddRows(table.shape[0]!, reshape(ids, [-1]), reshape(g, [-1, width])),
      undefined,
    ];
  },
  scatterAddRows: (node, g) => [undefined, () => gatherRows(g, node.inputs[0]!)],
  takeAlongLastAxis: (node, g) => {
    const [x, indices] = node.inputs as [Tensor, Tensor];
    return [() => scatterAddAlongLastAxis(x.shape.at(-1)!, indices, g), undefined];
  },
  scatterAddAlongLastAxis: (node, g) => [undefined, () => takeAlongLastAxis(g, node.inputs[0]!)],
  cumulativeSum: (node, g) => {
    const { axis, reverse } = node.attributes as { axis: number; reverse: boolean };
    return [() => cumulativeSum(g, axis, { reverse: !reverse })];
  },
  softmax: unary((g, _x, y) => mul(sub(g, sum(mul(g, y), { axes: [-1], keepDims: true })), y)),
  rmsNorm: rmsNormRule,
  rope: (node, g) => {
    const [, cos, sin] = node.inputs as [Tensor, Tensor, Tensor];
    const inverse = node.attributes.inverse as boolean;
    return [() => rope(g, { cos, sin }, !inverse), undefined, undefined];
  },
};
