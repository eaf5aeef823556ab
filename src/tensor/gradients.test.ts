import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate, numbers } from '../../test/support/evaluate.ts';
import { arrayOf, type NdArray } from '../core/index.ts';
import { createGraph, input } from './graph.ts';
import * as t from './index.ts';

let device: t.Device;
beforeAll(() => {
  device = t.openDevice({ threads: 1 });
});
afterAll(() => device.close());

const vector = (...values: number[]) => arrayOf('float64', [values.length], values);

/** d build(x) / d x of a scalar function. */
async function slope(x: NdArray, build: (x: t.Tensor) => t.Tensor): Promise<number[]> {
  const [out] = await evaluate(device, { x }, ({ x }) => t.gradients(build(x), [x]));
  return numbers(out!);
}

describe('where a function has a kink', () => {
  test.each<[string, (x: t.Tensor) => t.Tensor, number[], number[]]>([
    [
      'max shares between ties',
      (x) => t.max(x),
      [1, 3, 3, 2, 3, 0],
      [0, 1 / 3, 1 / 3, 0, 1 / 3, 0],
    ],
    ['min shares between ties', (x) => t.min(x), [1, 3, 3, 1, 3, 2], [1 / 2, 0, 0, 1 / 2, 0, 0]],
    [
      'max shares within a row only',
      (x) => t.sum(t.mul(t.max(t.reshape(x, [2, 3]), { axes: [1] }), t.range(x.graph, 2, x.dtype))),
      [5, 5, 5, 4, 7, 7],
      [0, 0, 0, 0, 1 / 2, 1 / 2],
    ],
    ['maximum gives a tie to the first', (x) => t.sum(t.maximum(x, 2)), [1, 2, 3], [0, 1, 1]],
    [
      'maximum gives a tie to the first, not the second',
      (x) => t.sum(t.maximum(2, x)),
      [1, 2, 3],
      [0, 0, 1],
    ],
    ['minimum gives a tie to the first', (x) => t.sum(t.minimum(x, 2)), [1, 2, 3], [1, 1, 0]],
    [
      'minimum gives a tie to the first, not the second',
      (x) => t.sum(t.minimum(2, x)),
      [1, 2, 3],
      [1, 0, 0],
    ],
    ['maximum of a tensor with itself', (x) => t.sum(t.maximum(x, x)), [1, 2], [1, 1]],
    ['relu', (x) => t.sum(t.relu(x)), [-1, 0, 1], [0, 0, 1]],
    ['abs', (x) => t.sum(t.abs(x)), [-2, 0, 2], [-1, 0, 1]],
    ['sign passes nothing', (x) => t.sum(t.mul(t.sign(x), t.add(x, 1))), [-2, 0, 2], [-1, 0, 1]],
    ['pow 2 at 0', (x) => t.sum(t.pow(x, 2)), [0, 3], [0, 6]],
    ['pow 1 at 0', (x) => t.sum(t.pow(x, 1)), [0, 3], [1, 1]],
    ['pow 0 at 0', (x) => t.sum(t.pow(x, 0)), [0, 3], [0, 0]],
  ])('%s', async (_name, build, x, expected) => {
    expect(await slope(vector(...x), build)).toEqual(expected.map((v) => expect.closeTo(v, 14)));
  });
});

describe('where no gradient passes', () => {
  test('stopGradient holds its input constant', async () => {
    const x = vector(2, 3);
    expect(await slope(x, (x) => t.sum(t.mul(x, t.stopGradient(t.mul(x, x)))))).toEqual([4, 9]);
    expect(await slope(x, (x) => t.sum(t.stopGradient(x)))).toEqual([0, 0]);
  });

  test('integers, comparisons, argmax and random numbers are constants', async () => {
    const found = await slope(vector(2.7, 3.2, 3.2), (x) => {
      const floor = t.cast(t.cast(x, 'int32'), x.dtype);
      const above = t.cast(t.greater(x, 3), x.dtype);
      const top = t.cast(t.argmax(x), x.dtype);
      return t.sum(t.mul(x, t.add(t.add(floor, above), top)));
    });
    expect(found).toEqual([3, 5, 5]);
  });

  test('what the loss does not depend on gets zeros of its shape and dtype', async () => {
    const inputs = {
      x: vector(2, 3),
      unused: arrayOf('float32', [2, 2], [1, 2, 3, 4]),
      behind: vector(5),
    };
    const [x, unused, behind] = await evaluate(device, inputs, ({ x, unused, behind }) => {
      t.mul(behind, 2);
      return t.gradients(t.sum(x), [x, unused, behind]);
    });
    expect(numbers(x!)).toEqual([1, 1]);
    expect(unused).toEqual(arrayOf('float32', [2, 2], [0, 0, 0, 0]));
    expect(behind).toEqual(arrayOf('float64', [1], [0]));
  });
});

describe('roots', () => {
  test('a tensor in the middle may be a root, and the loss itself', async () => {
    const out = await evaluate(device, { x: vector(1, 2) }, ({ x }) => {
      const middle = t.mul(x, x);
      const loss = t.sum(t.mul(middle, middle));
      return t.gradients(loss, [x, middle, loss]);
    });
    expect(out.map(numbers)).toEqual([[4, 32], [2, 8], [1]]);
  });

  test('gradients of two losses in one graph do not mix', async () => {
    const out = await evaluate(device, { x: vector(1, 2) }, ({ x }) => [
      ...t.gradients(t.sum(t.mul(x, x)), [x]),
      ...t.gradients(t.sum(t.exp(x)), [x]),
      ...t.gradients(t.sum(t.mul(x, 3)), [x, x]),
    ]);
    expect(out.map(numbers)).toEqual([
      [2, 4],
      [expect.closeTo(Math.E), expect.closeTo(Math.E ** 2)],
      [3, 3],
      [3, 3],
    ]);
  });
});

describe('second derivatives', () => {
  test('of a gradient penalty', async () => {
    // f = Σ x³: |∇f|² = Σ 9x⁴, whose gradient is 36x³.
    const found = await slope(vector(1, -2, 0.5), (x) => {
      const [g] = t.gradients(t.sum(t.pow(x, 3)), [x]);
      return t.sum(t.square(g!));
    });
    expect(found).toEqual([36, -288, 4.5].map((v) => expect.closeTo(v, 10)));
  });

  test('third derivatives follow', async () => {
    const found = await slope(vector(0.3, 1), (x) => {
      const [first] = t.gradients(t.sum(t.sin(x)), [x]);
      const [second] = t.gradients(t.sum(first!), [x]);
      return t.sum(second!);
    });
    expect(found).toEqual([0.3, 1].map((v) => expect.closeTo(-Math.cos(v), 12)));
  });

  test('of silu', async () => {
    const silu1 = (v: number) => {
      const s = 1 / (1 + Math.exp(-v));
      return s * (1 + v * (1 - s));
    };
    const found = await slope(vector(0.4, -1.1), (x) =>
      t.sum(t.gradients(t.sum(t.silu(x)), [x])[0]!),
    );
    const h = 1e-5;
    const expected = [0.4, -1.1].map((v) => (silu1(v + h) - silu1(v - h)) / (2 * h));
    expect(found).toEqual(expected.map((v) => expect.closeTo(v, 9)));
  });

  test('of a function with a derivative of its own are refused', () => {
    const graph = createGraph();
    const x = input(graph, 'x', { dtype: 'float32', shape: [4] });
    const [y] = t.customGradient([x], () => {
      const inside = t.exp(x);
      return { outputs: [t.mul(inside, 2)], vjp: ([g]) => [() => t.mul(g!, inside)] };
    });
    const loss = t.sum(y!);
    const [g] = t.gradients(loss, [x]);
    expect(() => t.gradients(t.sum(t.square(g!)), [x])).toThrow(
      /no second derivative of a function that was traced with customGradient/,
    );
    // A value made from the gradient that is held constant is not a second derivative.
    expect(() => t.gradients(t.sum(t.mul(t.stopGradient(g!), x)), [x])).not.toThrow();
    // Nor is another gradient of the same values.
    expect(() => t.gradients(t.mul(loss, 2), [x])).not.toThrow();
  });
});

describe('errors', () => {
  const graph = createGraph();
  const x = input(graph, 'x', { dtype: 'float32', shape: [2, 3] });

  test('the loss must be a float scalar', () => {
    expect(() => t.gradients(x, [x])).toThrow(t.ShapeError);
    expect(() => t.gradients(x, [x])).toThrow(
      'gradients: the loss must be a float scalar, got float32 [2, 3]',
    );
    const count = t.sum(t.cast(x, 'int32'));
    expect(() => t.gradients(count, [x])).toThrow('got int32 []');
  });

  test('tensors of two graphs do not mix', () => {
    const other = input(createGraph(), 'y', { dtype: 'float32', shape: [2, 3] });
    expect(() => t.add(x, other)).toThrow(/add: a tensor of another graph/);
    expect(() => t.concat([x, other], 0)).toThrow(/concat: a tensor of another graph/);
    expect(() => t.gradients(t.sum(x), [other])).toThrow(/gradients: a tensor of another graph/);
  });

  test('a program must return its own tensors', async () => {
    const spec = { dtype: 'float32', shape: [2, 3] } as const;
    await expect(
      device.compile({ states: {}, inputs: { y: spec }, build: () => ({ outputs: { x } }) }),
    ).rejects.toThrow('output/x: a tensor of another graph was returned');
  });
});
