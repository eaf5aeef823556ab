// Every basic operation with inputs to differentiate and a plain reference for its values.

import {
  arrayOf,
  foldIn,
  keyFromSeed,
  type NdArray,
  normal,
  sizeOf,
} from '../../src/core/index.ts';
import * as t from '../../src/tensor/index.ts';
import type { GradientCase } from './gradient-check.ts';
import type { Values } from './reference-ops.ts';
import * as ref from './reference-ops.ts';

export type OperationCase = GradientCase & {
  readonly expected: (x: Readonly<Record<string, Values>>) => Values;
};

type Build = (...x: t.Tensor[]) => t.Tensor;
type Expected = (...x: Values[]) => Values;

/** Standard normal numbers that depend on the label only. */
export function randn(label: string, ...shape: number[]): NdArray {
  return arrayOf('float64', shape, normal(foldIn(keyFromSeed(1), label), sizeOf(shape)));
}

/** Like `randn`, but between 0.5 and about 4. */
export function positive(label: string, ...shape: number[]): NdArray {
  const x = randn(label, ...shape);
  return arrayOf(
    'float64',
    shape,
    (x.data as Float64Array).map((v) => 0.5 + Math.abs(v)),
  );
}

/** Integers as they are written. */
export function ids(dtype: 'int32' | 'int64', shape: number[], ...values: number[]): NdArray {
  return arrayOf(dtype, shape, values);
}

/** A case with inputs a, b, c, ... in the order of `inputs`. */
export function operationCase(
  name: string,
  inputs: readonly NdArray[],
  build: Build,
  expected: Expected,
  options: { second?: boolean } = {},
): OperationCase {
  const names = [...'abcdef'].slice(0, inputs.length);
  return {
    name,
    inputs: Object.fromEntries(names.map((letter, i) => [letter, inputs[i]!])),
    build: (x) => build(...names.map((letter) => x[letter]!)),
    expected: (x) => expected(...names.map((letter) => x[letter]!)),
    ...options,
  };
}

const op = operationCase;
const x23 = randn('x', 2, 3);
const y23 = randn('y', 2, 3);

const BINARY: readonly [
  string,
  (a: t.Operand, b: t.Operand) => t.Tensor,
  (a: number, b: number) => number,
][] = [
  ['add', t.add, (a, b) => a + b],
  ['sub', t.sub, (a, b) => a - b],
  ['mul', t.mul, (a, b) => a * b],
  ['div', t.div, (a, b) => a / b],
  ['maximum', t.maximum, Math.max],
  ['minimum', t.minimum, Math.min],
];

const binaryCases = BINARY.flatMap(([name, fn, plain]) => [
  op(`${name} of equal shapes`, [x23, positive('y', 2, 3)], fn, (a, b) => ref.map(plain, a, b)),
  op(`${name}, both sides stretched`, [randn('x', 2, 1, 3), positive('y', 4, 1)], fn, (a, b) =>
    ref.map(plain, a, b),
  ),
  op(`${name} of a scalar and a matrix`, [randn('s'), positive('y', 2, 3)], fn, (a, b) =>
    ref.map(plain, a, b),
  ),
  op(
    `${name} with a number`,
    [x23],
    (a) => t.mul(fn(a, 0.7), fn(-1.3, t.add(t.mul(a, a), 1))),
    (a) => ref.map((v) => plain(v, 0.7) * plain(-1.3, v * v + 1), a),
  ),
]);

const UNARY: readonly [string, (x: t.Tensor) => t.Tensor, (v: number) => number, NdArray?][] = [
  ['neg', t.neg, (v) => -v],
  ['exp', t.exp, Math.exp],
  ['log', t.log, Math.log, positive('x', 2, 3)],
  ['sqrt', t.sqrt, Math.sqrt, positive('x', 2, 3)],
  ['reciprocal', t.reciprocal, (v) => 1 / v, positive('x', 2, 3)],
  ['tanh', t.tanh, Math.tanh],
  ['sigmoid', t.sigmoid, (v) => 1 / (1 + Math.exp(-v))],
  ['relu', t.relu, (v) => Math.max(v, 0)],
  ['abs', t.abs, Math.abs],
  ['sin', t.sin, Math.sin],
  ['cos', t.cos, Math.cos],
  ['square', t.square, (v) => v * v],
  ['silu', t.silu, (v) => v / (1 + Math.exp(-v))],
  [
    'gelu',
    t.gelu,
    (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))),
  ],
  ['pow 3', (x) => t.pow(x, 3), (v) => v ** 3],
  ['pow -0.5', (x) => t.pow(x, -0.5), (v) => v ** -0.5, positive('x', 2, 3)],
  ['pow 1', (x) => t.pow(x, 1), (v) => v],
  ['pow 0', (x) => t.pow(x, 0), () => 1],
];

const unaryCases = UNARY.map(([name, fn, plain, x = x23]) =>
  op(name, [x], fn, (a) => ref.map(plain, a)),
);

const selectionCases = [
  op(
    'where, all three stretched',
    [randn('c', 4, 1, 3), randn('x', 2, 1), randn('s')],
    (c, a, b) => t.where(t.greater(c, 0.1), a, b),
    (c, a, b) => ref.map((u, v, w) => (u > 0.1 ? v : w), c, a, b),
  ),
  op(
    'where with numbers',
    [x23],
    (a) => t.where(t.less(a, 0), t.mul(a, a), 3),
    (a) => ref.map((v) => (v < 0 ? v * v : 3), a),
  ),
  op(
    'comparisons and logic',
    [x23, y23],
    (a, b) =>
      t.where(
        t.logicalOr(
          t.logicalAnd(t.greaterEqual(a, b), t.lessEqual(a, 1)),
          t.logicalNot(t.logicalOr(t.less(a, 0), t.equal(b, b))),
        ),
        t.mul(a, b),
        t.add(a, b),
      ),
    (a, b) => ref.map((u, v) => (u >= v && u <= 1 ? u * v : u + v), a, b),
  ),
  op(
    'casts through float32, and from integers',
    [ids('int64', [2, 3], 1, 2, 3, 4, 5, 6), x23],
    (i, a) => t.mul(t.cast(t.cast(a, a.dtype), a.dtype), t.cast(i, a.dtype)),
    (i, a) => ref.map((u, v) => u * v, i, a),
  ),
  op(
    'sign',
    [x23],
    (a) => t.mul(a, t.sign(a)),
    (a) => ref.map(Math.abs, a),
  ),
  op(
    'identity (after)',
    [x23, y23],
    (a, b) => t.mul(t.after(a, [t.exp(b)]), b),
    (a, b) => ref.map((u, v) => u * v, a, b),
  ),
];

const x234 = randn('x', 2, 3, 4);
const logsumexp = (values: number[]) => Math.log(ref.total(values.map(Math.exp)));
const average = (values: number[]) => ref.total(values) / values.length;

const REDUCTIONS = [
  ['sum', t.sum, ref.total],
  ['mean', t.mean, average],
  ['max', t.max, (values: number[]) => Math.max(...values)],
  ['min', t.min, (values: number[]) => Math.min(...values)],
] as const;

const reductionCases = REDUCTIONS.flatMap(([name, fn, plain]) => [
  op(
    `${name} of all`,
    [x234],
    (a) => fn(t.mul(a, a)),
    (a) =>
      ref.reduce(
        ref.map((v) => v * v, a),
        plain,
      ),
  ),
  op(
    `${name} over axes 0 and -1`,
    [x234],
    (a) => fn(a, { axes: [0, -1] }),
    (a) => ref.reduce(a, plain, [0, 2]),
  ),
  op(
    `${name} over axis 1, kept`,
    [x234],
    (a) => fn(a, { axes: [1], keepDims: true }),
    (a) => ref.reduce(a, plain, [1], true),
  ),
]);

const structureCases = [
  op(
    'reshape',
    [x234],
    (a) => t.mul(t.reshape(a, [4, -1]), 2),
    (a) => ({
      shape: [4, 6],
      data: Array.from(a.data, (v) => 2 * v),
    }),
  ),
  op(
    'transpose',
    [x234],
    (a) => t.transpose(a, [2, 0, 1]),
    (a) => ref.permute(a, [2, 0, 1]),
  ),
  op('transpose of the last two', [x234], (a) => t.transpose(a), ref.swapLast),
  op(
    'slice',
    [x234],
    (a) => t.slice(t.mul(a, a), 1, 1, 2),
    (a) =>
      ref.crop(
        ref.map((v) => v * v, a),
        1,
        1,
        2,
      ),
  ),
  op(
    'slice from the end',
    [x234],
    (a) => t.slice(a, -1, -3, -1),
    (a) => ref.crop(a, 2, 1, 3),
  ),
  op(
    'split and concat',
    [x234, randn('y', 2, 2, 4)],
    (a, b) => {
      const [left, right] = t.split(a, 2, -1);
      return t.concat([t.concat([right!, t.mul(left!, left!)], 2), b, t.slice(a, 1, 0, 1)], 1);
    },
    (a, b) =>
      ref.fromIndex([2, 6, 4], ([i, j, k]) => {
        if (j! >= 5) return ref.at(a, [i!, j! - 5, k!]);
        if (j! >= 3) return ref.at(b, [i!, j! - 3, k!]);
        return k! < 2 ? ref.at(a, [i!, j!, k! + 2]) : ref.at(a, [i!, j!, k! - 2]) ** 2;
      }),
  ),
  op(
    'stack',
    [x23, y23],
    (a, b) => t.stack([a, b, t.mul(a, b)], -1),
    (a, b) =>
      ref.fromIndex([2, 3, 3], ([i, j, k]) => {
        const [u, v] = [ref.at(a, [i!, j!]), ref.at(b, [i!, j!])];
        return [u, v, u * v][k!]!;
      }),
  ),
  op(
    'pad',
    [x23],
    (a) => t.pad(t.mul(a, a), -1, 2, 1),
    (a) => ref.fromIndex([2, 6], ([i, j]) => (j! < 2 || j! > 4 ? 0 : ref.at(a, [i!, j! - 2]) ** 2)),
  ),
  op(
    'expand',
    [randn('x', 3, 1)],
    (a) => t.expand(t.mul(a, a), [2, 3, 4]),
    (a) => ref.fromIndex([2, 3, 4], ([, j]) => ref.at(a, [j!, 0]) ** 2),
  ),
];

// Element 1 is read twice and 0 never.
const repeated = ids('int32', [2, 2], 1, 3, 2, 1);
const along = ids('int64', [2, 4], 2, 0, 2, 2, 1, 1, 0, 1);

const indexCases = [
  op(
    'gatherRows with repeated ids',
    [randn('x', 4, 3), repeated],
    (a, i) => t.gatherRows(t.mul(a, a), i),
    (a, i) => ref.fromIndex([2, 2, 3], ([r, c, k]) => ref.at(a, [ref.at(i, [r!, c!]), k!]) ** 2),
  ),
  op(
    'scatterAddRows with repeated ids',
    [randn('x', 5, 3), ids('int64', [5], 2, 0, 2, 2, 5)],
    (a, i) => t.square(t.scatterAddRows(6, i, a)),
    (a, i) =>
      ref.fromIndex([6, 3], ([r, k]) => {
        const rows = [0, 1, 2, 3, 4].filter((n) => ref.at(i, [n]) === r);
        return ref.total(rows.map((n) => ref.at(a, [n, k!]))) ** 2;
      }),
  ),
  op(
    'takeAlongLastAxis',
    [x23, along],
    (a, i) => t.takeAlongLastAxis(t.exp(a), i),
    (a, i) => ref.fromIndex([2, 4], ([r, k]) => Math.exp(ref.at(a, [r!, ref.at(i, [r!, k!])]))),
  ),
  op(
    'scatterAddAlongLastAxis',
    [randn('x', 2, 4), along],
    (a, i) => t.square(t.scatterAddAlongLastAxis(3, i, a)),
    (a, i) =>
      ref.fromIndex([2, 3], ([r, k]) => {
        const places = [0, 1, 2, 3].filter((n) => ref.at(i, [r!, n]) === k);
        return ref.total(places.map((n) => ref.at(a, [r!, n]))) ** 2;
      }),
  ),
  op(
    'oneHot',
    [x23, ids('int32', [2], 2, 0)],
    (a, i) => t.mul(a, t.oneHot(i, 3, a.dtype)),
    (a, i) => ref.fromIndex([2, 3], ([r, k]) => (ref.at(i, [r!]) === k ? ref.at(a, [r!, k!]) : 0)),
  ),
  ...([false, true] as const).map((reverse) =>
    op(
      `cumulativeSum, ${reverse ? 'from the end' : 'from the start'}`,
      [x234],
      (a) => t.cumulativeSum(t.mul(a, a), 1, { reverse }),
      (a) =>
        ref.fromIndex([2, 3, 4], ([i, j, k]) => {
          const seen = [0, 1, 2].filter((n) => (reverse ? n >= j! : n <= j!));
          return ref.total(seen.map((n) => ref.at(a, [i!, n, k!]) ** 2));
        }),
    ),
  ),
];

/** Sizes of both sides for `[2, 3] · [3, 4]` and the options that transpose them. */
const matmulCases = [false, true].flatMap((transposeA) =>
  [false, true].flatMap((transposeB) => {
    const label = `matmul${transposeA ? ' Aᵀ' : ''}${transposeB ? ' Bᵀ' : ''}`;
    const a = transposeA ? [3, 2] : [2, 3];
    const b = transposeB ? [4, 3] : [3, 4];
    const plain = (x: Values, y: Values) =>
      ref.product(transposeA ? ref.swapLast(x) : x, transposeB ? ref.swapLast(y) : y);
    const scaled = (x: Values, y: Values) => ref.map((v) => v / 3, plain(x, y));
    const options = { transposeA, transposeB };
    const pick = (scale: number) => (x: t.Tensor, y: t.Tensor) =>
      t.matmul(x, y, { ...options, scale });
    return [
      op(`${label}, matrices`, [randn('x', ...a), randn('y', ...b)], pick(1), plain),
      op(`${label}, matrices, scaled`, [randn('x', ...a), randn('y', ...b)], pick(1 / 3), scaled),
      op(`${label}, batches`, [randn('x', 2, ...a), randn('y', 2, ...b)], pick(1), plain),
      op(
        `${label}, batches, scaled`,
        [randn('x', 2, 2, ...a), randn('y', 2, 2, ...b)],
        pick(1 / 3),
        scaled,
      ),
      ...(transposeA
        ? []
        : [
            op(
              `${label}, batch by matrix`,
              [randn('x', 2, 2, ...a), randn('y', ...b)],
              pick(1),
              plain,
            ),
            op(
              `${label}, batch by matrix, scaled`,
              [randn('x', 2, ...a), randn('y', ...b)],
              pick(1 / 3),
              scaled,
            ),
          ]),
    ];
  }),
);

const logSumExpCases = [
  op(
    'logSumExp over axis 1',
    [x234],
    (a) => t.logSumExp(a, 1),
    (a) => ref.reduce(a, logsumexp, [1]),
  ),
  op(
    'logSumExp, kept',
    [x234],
    (a) => t.logSumExp(a, -1, { keepDims: true }),
    (a) => ref.reduce(a, logsumexp, [2], true),
  ),
];

export const BASIC_CASES: readonly OperationCase[] = [
  ...binaryCases,
  ...unaryCases,
  ...selectionCases,
  ...reductionCases,
  ...logSumExpCases,
  ...structureCases,
  ...indexCases,
  ...matmulCases,
];
