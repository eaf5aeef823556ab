import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate, numbers } from '../../../../test/support/evaluate.ts';
import { arrayOf, spec } from '../../../core/index.ts';
import { createGraph, input } from '../../graph.ts';
import * as t from '../../index.ts';
import { lowerGraph } from './lower-program.ts';
import { TARGETS } from './targets.ts';

let device: t.Device;
beforeAll(() => {
  device = t.openDevice({ threads: 1 });
});
afterAll(() => device.close());

/** An expression over inputs x and y. */
type Expression =
  | { kind: 'x' | 'y' }
  | { kind: 'number'; value: number }
  | { kind: 'unary'; op: keyof typeof UNARY; of: Expression }
  | { kind: 'binary'; op: keyof typeof BINARY; left: Expression; right: Expression }
  | { kind: 'where'; test: Expression; left: Expression; right: Expression };

const UNARY = {
  neg: [t.neg, (v: number) => -v],
  tanh: [t.tanh, Math.tanh],
  sigmoid: [t.sigmoid, (v: number) => 1 / (1 + Math.exp(-v))],
  sin: [t.sin, Math.sin],
  cos: [t.cos, Math.cos],
  abs: [t.abs, Math.abs],
  relu: [t.relu, (v: number) => Math.max(0, v)],
  sign: [t.sign, Math.sign],
  softplus: [
    (x: t.Tensor) => t.log(t.add(t.exp(t.tanh(x)), 1)),
    (v: number) => Math.log(Math.exp(Math.tanh(v)) + 1),
  ],
  root: [
    (x: t.Tensor) => t.sqrt(t.add(t.abs(x), 0.5)),
    (v: number) => Math.sqrt(Math.abs(v) + 0.5),
  ],
  inverse: [(x: t.Tensor) => t.reciprocal(t.add(t.square(x), 1)), (v: number) => 1 / (v * v + 1)],
} as const;

const BINARY = {
  add: [t.add, (a: number, b: number) => a + b],
  sub: [t.sub, (a: number, b: number) => a - b],
  mul: [
    (a: t.Operand, b: t.Operand) => t.tanh(t.mul(a, b)),
    (a: number, b: number) => Math.tanh(a * b),
  ],
  div: [
    (a: t.Tensor, b: t.Tensor) => t.div(a, t.add(t.abs(b), 1)),
    (a: number, b: number) => a / (Math.abs(b) + 1),
  ],
  maximum: [t.maximum, Math.max],
  minimum: [t.minimum, Math.min],
} as const;

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 6, depthSize: 'large' },
    fc.constantFrom<Expression>({ kind: 'x' }, { kind: 'y' }),
    fc.integer({ min: -3, max: 3 }).map((value): Expression => ({ kind: 'number', value })),
    fc.record({
      kind: fc.constant('unary' as const),
      op: fc.constantFrom(...(Object.keys(UNARY) as (keyof typeof UNARY)[])),
      of: tie('expression'),
    }),
    fc.record({
      kind: fc.constant('binary' as const),
      op: fc.constantFrom(...(Object.keys(BINARY) as (keyof typeof BINARY)[])),
      left: tie('expression'),
      right: tie('expression'),
    }),
    fc.record({
      kind: fc.constant('where' as const),
      test: tie('expression'),
      left: tie('expression'),
      right: tie('expression'),
    }),
  ),
}));

function trace(e: Expression, x: t.Tensor, y: t.Tensor): t.Tensor {
  const of = (child: Expression) => trace(child, x, y);
  switch (e.kind) {
    case 'x':
      return x;
    case 'y':
      return y;
    case 'number':
      return t.scalar(x.graph, e.value, x.dtype);
    case 'unary':
      return UNARY[e.op][0](of(e.of));
    case 'binary':
      return BINARY[e.op][0](of(e.left), of(e.right));
    case 'where':
      return t.where(t.greater(of(e.test), 0.37), of(e.left), of(e.right));
  }
}

function compute(e: Expression, x: number, y: number): number {
  const of = (child: Expression) => compute(child, x, y);
  switch (e.kind) {
    case 'x':
      return x;
    case 'y':
      return y;
    case 'number':
      return e.value;
    case 'unary':
      return UNARY[e.op][1](of(e.of));
    case 'binary':
      return BINARY[e.op][1](of(e.left), of(e.right));
    case 'where':
      return of(e.test) > 0.37 ? of(e.left) : of(e.right);
  }
}

test('random expressions agree with JavaScript', async () => {
  const xs = [-1.7, 0.3, 2.1];
  const ys = [0.9, -0.4];
  const inputs = { x: arrayOf('float64', [3], xs), y: arrayOf('float64', [2, 1], ys) };
  const anyList = fc.array(expression, { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(anyList, async (list) => {
      const found = await evaluate(device, inputs, ({ x, y }) => {
        const zero = t.mul(t.add(x, y), 0);
        return list.map((e) => t.add(trace(e, x, y), zero));
      });
      list.forEach((e, i) => {
        const expected = ys.flatMap((y) => xs.map((x) => compute(e, x, y)));
        expect(numbers(found[i]!)).toEqual(expected.map((v) => expect.closeTo(v, 9)));
      });
    }),
    { numRuns: 60 },
  );
});

describe('integers', () => {
  test('arithmetic and comparisons of 32 and 64 bits', async () => {
    for (const dtype of ['int32', 'int64'] as const) {
      const inputs = { a: arrayOf(dtype, [3], [7, -7, 2]), b: arrayOf(dtype, [3], [2, 2, -3]) };
      const found = await evaluate(device, inputs, ({ a, b }) => [
        t.add(a, b),
        t.sub(a, 10),
        t.mul(a, b),
        t.maximum(a, b),
        t.sum(a),
        t.cast(t.less(a, b), dtype),
        t.where(t.equal(a, 2), b, a),
        t.cumulativeSum(a, 0),
      ]);
      expect(found.map((x) => x.dtype)).toEqual(new Array(8).fill(dtype));
      expect(found.map(numbers)).toEqual([
        [9, -5, -1],
        [-3, -17, -8],
        [14, -14, -6],
        [7, 2, 2],
        [2],
        [0, 1, 0],
        [7, -7, -3],
        [7, 0, 2],
      ]);
    }
  });

  test('64 bits are exact', async () => {
    const big = 2n ** 62n + 3n;
    const inputs = { a: arrayOf('int64', [2], [big, -big]) };
    const [sum, same] = await evaluate(device, inputs, ({ a }) => [t.add(a, 2 ** 40), a]);
    expect(sum!.data).toEqual(BigInt64Array.of(big + 2n ** 40n, -big + 2n ** 40n));
    expect(same!.data).toEqual(BigInt64Array.of(big, -big));
  });

  test('argmax takes the first of equals, along any axis', async () => {
    const x = arrayOf('float32', [2, 3], [1, 5, 5, 7, 0, 7]);
    const found = await evaluate(device, { x }, ({ x }) => [t.argmax(x), t.argmax(x, 0)]);
    expect(found.map(numbers)).toEqual([
      [1, 0],
      [1, 0, 1],
    ]);
  });

  test('bools pass through every structural operation', async () => {
    const x = arrayOf('bool', [2, 2], [1, 0, 0, 1]);
    const found = await evaluate(device, { x }, ({ x }) => [
      t.transpose(t.concat([x, t.logicalNot(x)], 0)),
      t.slice(t.reshape(x, [4]), 0, 1, 3),
      t.expand(t.slice(x, 0, 0, 1), [3, 2]),
    ]);
    expect(found.map((y) => [y.dtype, numbers(y)])).toEqual([
      ['bool', [1, 0, 0, 1, 0, 1, 1, 0]],
      ['bool', [0, 0]],
      ['bool', [1, 0, 1, 0, 1, 0]],
    ]);
  });
});

describe('the lowered graph', () => {
  const trace = (build: (x: t.Tensor) => t.Tensor[]) => {
    const graph = createGraph();
    const outputs = build(input(graph, 'x', spec('float32', [2, 3])));
    const results = outputs.map((tensor, i) => ({ name: `o${i}`, tensor }));
    return lowerGraph({ graph, results }, TARGETS.cpu);
  };

  test('leaves out what no output needs', () => {
    const { nodes, initializers } = trace((x) => {
      t.exp(t.add(x, 17));
      return [t.tanh(x)];
    });
    expect(nodes.map((node) => node.op)).toEqual(['Tanh']);
    expect(initializers).toEqual([]);
  });

  test('shares equal constants, but tells the two zeros, and dtypes, apart', async () => {
    const { initializers } = trace((x) => [
      t.add(t.mul(x, 3), t.constant(x.graph, arrayOf('float32', [], 3))),
    ]);
    expect(initializers.length).toBe(1);
    const x = arrayOf('float64', [1], [1]);
    const found = await evaluate(device, { x }, ({ x }) => [t.div(x, 0), t.div(x, -0)]);
    expect(found.map(numbers)).toEqual([[Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY]]);
  });
});

describe('after', () => {
  test('changes no value, whatever the dtypes, even where what it waits for is not finite', async () => {
    const inputs = {
      x: arrayOf('float32', [2], [1.5, -2]),
      i: arrayOf('int32', [2], [3, 4]),
      l: arrayOf('int64', [1], [2n ** 60n]),
      b: arrayOf('bool', [2], [1, 0]),
      bad: arrayOf('float64', [2], [Number.NaN, Number.POSITIVE_INFINITY]),
    };
    const found = await evaluate(device, inputs, ({ x, i, l, b, bad }) => {
      const uses = [t.mul(bad, 2), t.exp(bad), t.add(i, 1), t.logicalNot(b), t.add(l, 1)];
      return [...[x, i, l, b].map((y) => t.after(y, uses)), ...uses];
    });
    expect(found.slice(0, 4)).toEqual([inputs.x, inputs.i, inputs.l, inputs.b]);
  });

  test('what depends on the waiting node itself is not waited for', async () => {
    const x = arrayOf('float64', [2], [1, 2]);
    const found = await evaluate(device, { x }, ({ x }) => {
      const uses: t.Tensor[] = [];
      const waiting = t.after(x, uses);
      const later = t.exp(waiting);
      const other: t.Tensor[] = [];
      const second = t.after(t.neg(x), other);
      uses.push(later, second);
      other.push(later, t.sin(x));
      return [waiting, later, second, other[1]!];
    });
    const expected = [
      [1, 2],
      [Math.E, Math.E ** 2],
      [-1, -2],
      [Math.sin(1), Math.sin(2)],
    ];
    expect(found.map(numbers)).toEqual(
      expected.map((row) => row.map((v) => expect.closeTo(v, 12))),
    );
  });

  test('puts the waiting node behind what it waits for', () => {
    const graph = createGraph();
    const x = input(graph, 'x', spec('float32', [2]));
    const uses: t.Tensor[] = [];
    const waiting = t.tanh(t.after(x, uses));
    uses.push(t.exp(x));
    const tensors = [waiting, uses[0]!];
    const results = tensors.map((tensor, i) => ({ name: `o${i}`, tensor }));
    const ops = lowerGraph({ graph, results }, TARGETS.cpu).nodes.map((node) => node.op);
    expect(ops.indexOf('Exp')).toBeGreaterThanOrEqual(0);
    expect(ops.indexOf('Exp')).toBeLessThan(ops.indexOf('Tanh'));
  });
});
