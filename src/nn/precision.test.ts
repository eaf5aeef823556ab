// bfloat16: as a dtype of tensors, and as the precision of the products of layers.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrayOf, type NdArray, roundToBfloat16, spec, UserError } from '../core/index.ts';
import { openInterpreter } from '../tensor/backends/interpreter/open-interpreter.ts';
import { lowerProgram } from '../tensor/backends/onnx/lower-program.ts';
import { TARGETS } from '../tensor/backends/onnx/targets.ts';
import * as t from '../tensor/index.ts';
import { traceProgram } from '../tensor/program.ts';
import { applyLinear } from './index.ts';

const devices = new Map<t.Precision, t.Device>();
beforeAll(() => {
  for (const precision of t.PRECISIONS) {
    devices.set(precision, new t.Device(openInterpreter(), precision));
  }
});
afterAll(async () => {
  for (const device of devices.values()) await device.close();
});

type Inputs = Readonly<Record<string, NdArray>>;
type Tensors = Readonly<Record<string, t.Tensor>>;

async function run(
  precision: t.Precision,
  inputs: Inputs,
  build: (x: Tensors) => readonly t.Tensor[],
): Promise<number[][]> {
  const program = await devices.get(precision)!.compile({
    states: {},
    inputs,
    build: (_states, x) => ({ outputs: build(x as Tensors) }),
  });
  const found = (await program.run({}, inputs as never).read()) as unknown as NdArray[];
  await program.close();
  return found.map(({ data }) => Array.from(data as Float64Array, Number));
}

// None of them is a bfloat16.
const X = [1.001, -2.003, 0.3337, 5.019];
const W = [0.7321, 1.3142, -0.5773, 2.2361];
const inputs = { x: arrayOf('float64', [2, 2], X), w: arrayOf('float64', [2, 2], W) };
const [x, w] = [X.map(roundToBfloat16), W.map(roundToBfloat16)];
/** x · wᵀ */
const product = (a: readonly number[], b: readonly number[]) => [
  a[0]! * b[0]! + a[1]! * b[1]!,
  a[0]! * b[2]! + a[1]! * b[3]!,
  a[2]! * b[0]! + a[3]! * b[1]!,
  a[2]! * b[2]! + a[3]! * b[3]!,
];

describe('the dtype', () => {
  test('a cast rounds to the nearest, and its gradient is rounded too', async () => {
    const [value, gradient] = await run('float32', inputs, (given) => {
      const rounded = t.cast(t.cast(given.x!, 'bfloat16'), 'float64');
      return [rounded, ...t.gradients(t.sum(t.mul(rounded, given.w!)), [given.x!])];
    });
    expect(value).toEqual(x);
    expect(gradient).toEqual(w);
  });

  test('every result of an operation in it is rounded', async () => {
    const [sum] = await run('float32', inputs, (given) => [
      t.cast(t.add(t.cast(given.x!, 'bfloat16'), t.cast(given.w!, 'bfloat16')), 'float64'),
    ]);
    expect(sum).toEqual(x.map((value, i) => roundToBfloat16(value + w[i]!)));
  });

  test('arrays in it are given and read as bits', async () => {
    const given = { x: arrayOf('bfloat16', [2], [1.001, -3]) };
    const [twice] = await run('float32', given, (tensors) => [t.add(tensors.x!, tensors.x!)]);
    expect(twice).toEqual([0x4000, 0xc0c0]);
  });
});

describe('the precision', () => {
  const linear = ({ x, w }: Tensors) => applyLinear({ weight: w! }, x!);

  test('rounds factors and what a layer passes on', async () => {
    expect((await run('bfloat16', inputs, (given) => [linear(given)]))[0]).toEqual(
      product(x, w).map(roundToBfloat16),
    );
    expect((await run('float32', inputs, (given) => [linear(given)]))[0]).toEqual(product(X, W));
  });

  test('the gradient of a weight is a sum that is not rounded, that of its input is', async () => {
    const build = (given: Tensors) =>
      t.gradients(t.sum(t.mul(linear(given), given.g!)), [given.x!, given.w!]);
    const G = [1.01, 0.5, -0.25, 3.03];
    const [dx, dw] = await run('bfloat16', { ...inputs, g: arrayOf('float64', [2, 2], G) }, build);
    const g = G.map(roundToBfloat16);
    const expected = (i: number, j: number) => g[2 * i]! * w[j]! + g[2 * i + 1]! * w[2 + j]!;
    expect(dx).toEqual(
      [expected(0, 0), expected(0, 1), expected(1, 0), expected(1, 1)].map(roundToBfloat16),
    );
    const ofWeight = (j: number, k: number) => g[j]! * x[k]! + g[2 + j]! * x[2 + k]!;
    expect(dw).toEqual([ofWeight(0, 0), ofWeight(0, 1), ofWeight(1, 0), ofWeight(1, 1)]);
  });

  test('reaches the body of a loop', async () => {
    const build = ({ x: first, w: weight }: Tensors) => [
      t.scan(
        (carry, _, { weight: inner }) => {
          const next = applyLinear({ weight: inner }, carry);
          return { carry: next, y: {} };
        },
        { init: first!, consts: { weight: weight! }, length: 1 },
      ).carry,
    ];
    expect((await run('bfloat16', inputs, build))[0]).toEqual(product(x, w).map(roundToBfloat16));
  });

  test('attention and the loss over a vocabulary decompose into what they mean', async () => {
    const operands = {
      q: arrayOf('float64', [1, 1, 2, 2], X),
      k: arrayOf('float64', [1, 1, 2, 2], W),
      targets: arrayOf('int32', [2], [1, 0]),
    };
    const flat = (given: t.Tensor) => t.reshape(given, [2, 2]);
    const build = ({ q, k, targets }: Tensors) => {
      const loss = t.linearCrossEntropy(flat(q!), flat(k!), targets!).losses;
      const mixed = t.attention(q!, k!, q!);
      return [loss, mixed];
    };
    const [loss, mixed] = await run('bfloat16', operands, build);
    const logits = product(x, w);
    const lossOf = (row: number, target: number) => {
      const [a, b] = [logits[2 * row]!, logits[2 * row + 1]!];
      return Math.log(Math.exp(a) + Math.exp(b)) - logits[2 * row + target]!;
    };
    expect(loss![0]).toBeCloseTo(lossOf(0, 1), 12);
    expect(loss![1]).toBeCloseTo(lossOf(1, 0), 12);
    const expected = [0, 1].flatMap((row) => {
      const scores = [0, 1].map((column) => Math.exp(logits[2 * row + column]! / Math.SQRT2));
      const weights = scores.map((score) => roundToBfloat16(score / (scores[0]! + scores[1]!)));
      return [0, 1].map((c) => roundToBfloat16(weights[0]! * x[c]! + weights[1]! * x[2 + c]!));
    });
    expect(mixed).toEqual(expected);
  });

  test('products that are no layer stay whole', async () => {
    const [distances] = await run('bfloat16', inputs, (given) => [
      t.pairwiseSquaredDistances(given.x!, given.w!),
    ]);
    expect(distances![0]).toBeCloseTo((X[0]! - W[0]!) ** 2 + (X[1]! - W[1]!) ** 2, 12);
  });
});

describe('onnxruntime', () => {
  test('refuses the precision, and says what has it', () => {
    const open = () => t.openDevice({ device: 'cpu', precision: 'bfloat16' });
    expect(open).toThrow("the device 'cpu' computes by onnxruntime, which has no bfloat16");
    try {
      open();
    } catch (error) {
      expect((error as UserError).hint).toContain('xla:cuda');
    }
  });

  test('refuses programs that compute in it', () => {
    const lower = (build: (x: t.Tensor) => t.Tensor) =>
      lowerProgram(
        traceProgram({
          states: {},
          inputs: { x: spec('float32', [2, 2]) },
          build: (_states, given) => ({ outputs: build(given.x) }),
        }),
        TARGETS.cpu,
      );
    expect(() => lower((given) => t.cast(t.cast(given, 'bfloat16'), 'float32'))).toThrow(UserError);
    expect(() => lower((given) => t.matmul(given, given, { precision: 'bfloat16' }))).toThrow(
      'matmul: onnxruntime does not compute in bfloat16',
    );
  });
});
