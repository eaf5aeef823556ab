// onnxruntime fuses patterns of operations; some fused ones exist in float32 only. Programs that only
// evaluate meet more of them than programs that also differentiate.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate, numbers } from '../../../../test/support/evaluate.ts';
import { relativeError } from '../../../../test/support/gradient-check.ts';
import { randn } from '../../../../test/support/operation-cases.ts';
import { arrayOf, type NdArray } from '../../../core/index.ts';
import * as t from '../../index.ts';

let device: t.Device;
beforeAll(() => {
  device = t.openDevice({ threads: 1 });
});
afterAll(() => device.close());

const ARRAYS = {
  x: randn('x', 6, 4),
  y: randn('y', 6, 8),
  w: randn('w', 4, 8),
  b: randn('b', 8),
  gain: randn('gain', 8),
  q: randn('q', 2, 2, 3, 4),
};

type Inputs = Readonly<Record<keyof typeof ARRAYS, t.Tensor>>;

const dense = ({ x, w, b }: Inputs) => t.add(t.matmul(x, w), b);
const sigmoidOf = (x: t.Tensor) => t.mul(x, t.sigmoid(t.mul(x, 1.702)));
const erfless = (x: t.Tensor) =>
  t.mul(t.mul(x, t.add(t.tanh(t.mul(x, t.add(t.mul(t.square(x), 0.0356774), 0.797885))), 1)), 0.5);

const PATTERNS: Readonly<Record<string, (x: Inputs) => t.Tensor>> = {
  'dense, relu': (x) => t.relu(dense(x)),
  'dense, tanh': (x) => t.tanh(dense(x)),
  'dense, sigmoid': (x) => t.sigmoid(dense(x)),
  'dense, silu': (x) => t.silu(dense(x)),
  'dense, gelu': (x) => t.gelu(dense(x)),
  'dense, leaky relu': (x) => t.where(t.greater(dense(x), 0), dense(x), t.mul(dense(x), 0.1)),
  silu: ({ y }) => t.silu(y),
  'quick gelu': ({ y }) => sigmoidOf(y),
  'gelu in another form': ({ y }) => erfless(y),
  swiglu: ({ x, y, w }) => t.swiglu(t.matmul(x, w), y),
  'bias and gelu': ({ y, b }) => t.gelu(t.add(y, b)),
  'residual and layerNorm': (x) => t.layerNorm(t.add(x.y, dense(x)), x.gain, x.b, 1e-5),
  'residual and rmsNorm': (x) => t.rmsNorm(t.add(x.y, dense(x)), x.gain, 1e-5),
  'rmsNorm written out': ({ y, gain }) => {
    const meanSquare = t.mean(t.square(y), { axes: [-1], keepDims: true });
    return t.mul(t.mul(y, t.reciprocal(t.sqrt(t.add(meanSquare, 1e-5)))), gain);
  },
  'division in rmsNorm': ({ y, gain }) => {
    const meanSquare = t.mean(t.pow(y, 2), { axes: [-1], keepDims: true });
    return t.mul(t.div(y, t.sqrt(t.add(meanSquare, 1e-5))), gain);
  },
  attention: ({ q }) => t.attention(q, q, q, { causal: true }),
  'softmax of a sum': ({ y, b }) => t.softmax(t.add(y, b)),
  'transposed and scaled product': ({ x, y }) => t.mul(t.matmul(t.transpose(x), t.div(y, 3)), 0.7),
  'transposed batches': ({ q }) => t.matmul(q, t.mul(t.transpose(q), 1 / 3)),
  rope: ({ q }) => t.rope(q, t.rotaryTable(q.graph, 3, 4, 100, q.dtype)),
  'cast there and back': ({ y }) => t.cast(t.cast(t.mul(y, 3), 'int32'), y.dtype),
};

const cast = (dtype: 'float32' | 'float64') =>
  Object.fromEntries(
    Object.entries(ARRAYS).map(([name, { shape, data }]) => [
      name,
      arrayOf(dtype, shape, data as Float64Array),
    ]),
  ) as Record<keyof typeof ARRAYS, NdArray>;

describe.each(Object.entries(PATTERNS))('%s', (_name, build) => {
  test('float32 and float64 agree', async () => {
    const [double] = await evaluate(device, cast('float64'), (x) => [build(x)]);
    const [single] = await evaluate(device, cast('float32'), (x) => [build(x)]);
    expect(double!.dtype).toBe('float64');
    expect(relativeError(numbers(single!), numbers(double!))).toBeLessThan(3e-6);
  });

  test('float64 is exact to its last digits: nothing on the way is float32', async () => {
    // The same function of the same numbers, in another program: as gradient of the sum by a factor.
    const inputs = { ...cast('float64'), one: arrayOf('float64', [], 1) };
    const [alone] = await evaluate(device, inputs, (x) => [t.sum(build(x as Inputs))]);
    const [slope] = await evaluate(device, inputs, (x) =>
      t.gradients(t.sum(t.mul(build(x as Inputs), x.one)), [x.one]),
    );
    expect(numbers(slope!)[0]).toBeCloseTo(numbers(alone!)[0]!, 12);
  });
});
