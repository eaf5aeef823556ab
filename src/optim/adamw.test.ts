import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate, numbers } from '../../test/support/evaluate.ts';
import { randn } from '../../test/support/operation-cases.ts';
import { arrayOf, type NdArray, type ParamSpec, zerosInit } from '../core/index.ts';
import { type Device, openDevice, type Tensor } from '../tensor/index.ts';
import { decays } from './adamw.ts';
import { clipFactor, globalNorm, scaleGradients } from './clip.ts';
import { createOptimizer } from './optimizer.ts';
import { OPTIMIZERS } from './registry.ts';

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 1 });
});
afterAll(() => device.close());

const OPTIONS = { betas: [0.9, 0.95], epsilon: 1e-6, weightDecay: 0.1 } as const;
const adamw = (options: object = {}) =>
  createOptimizer(OPTIMIZERS, 'adamw', { ...OPTIONS, ...options });
const RATES = [1e-2, 3e-2, 3e-2, 2e-2, 1e-3];
const SHAPES = [[3, 2], [4], [2, 2, 2], []];

/** Algorithm 2 of Loshchilov and Hutter (2019), with the decay scaled by the learning rate. */
function referenceAdamw(start: number[], gradients: number[][], decay: number): number[] {
  return start.map((value, i) => {
    let [p, m, v] = [value, 0, 0];
    gradients.forEach((g, step) => {
      m = 0.9 * m + 0.1 * g[i]!;
      v = 0.95 * v + 0.05 * g[i]! ** 2;
      const mHat = m / (1 - 0.9 ** (step + 1));
      const vHat = v / (1 - 0.95 ** (step + 1));
      p -= RATES[step]! * (mHat / (Math.sqrt(vHat) + 1e-6) + decay * p);
    });
    return p;
  });
}

test('five steps in float64 equal the algorithm, decay on matrices only', async () => {
  const optimizer = adamw();
  const specs = SHAPES.map(
    (shape): ParamSpec => ({ dtype: 'float64', shape, init: zerosInit, role: 'mlp' }),
  );
  const scalar = { dtype: 'float64', shape: [] } as const;
  const program = await device.compile({
    states: { params: specs, slots: specs.map((one) => optimizer.slots(one)) },
    inputs: {
      gradients: specs,
      scalars: { learningRate: scalar, correction1: scalar, correction2: scalar },
    },
    build: ({ params, slots }, { gradients, scalars }) => {
      const next = optimizer.update(
        (params as readonly Tensor[]).map((value, i) => ({
          spec: specs[i]!,
          value,
          slots: slots[i]!,
          gradient: (gradients as readonly Tensor[])[i]!,
        })),
        scalars,
      );
      return {
        outputs: {},
        updates: { params: next.map(({ value }) => value), slots: next.map((one) => one.slots) },
      };
    },
  });
  const start = SHAPES.map((shape, i) => randn(`p${i}`, ...shape));
  // Tiny ones as well, where epsilon counts.
  const gradients = RATES.map((_, step) =>
    SHAPES.map((shape, i) => {
      const g = randn(`g${step}.${i}`, ...shape);
      return arrayOf(
        'float64',
        shape,
        numbers(g).map((v, k) => (k % 2 ? v : v * 1e-6)),
      );
    }),
  );
  const params = await device.createState(start);
  const slots = await device.createState(specs.map((one) => optimizer.slots(one)));
  for (const [step, rate] of RATES.entries()) {
    const scalars = optimizer.scalars(step, rate, 'float64');
    await program
      .run({ params, slots } as never, { gradients: gradients[step]!, scalars } as never)
      .read();
  }
  const found = (await params.read()) as unknown as NdArray[];
  SHAPES.forEach((shape, i) => {
    const decay = shape.length >= 2 ? OPTIONS.weightDecay : 0;
    const expected = referenceAdamw(
      numbers(start[i]!),
      gradients.map((g) => numbers(g[i]!)),
      decay,
    );
    numbers(found[i]!).forEach((v, k) => {
      expect(Math.abs(v - expected[k]!)).toBeLessThan(1e-12);
    });
  });
});

test.each([
  ['matrices', [true, false, true, false]],
  ['all', [true, true, true, true]],
] as const)('%s decay, unless their specs say otherwise', (decay, expected) => {
  const options = { ...OPTIONS, decay };
  expect(SHAPES.map((shape) => decays({ shape }, options))).toEqual(expected);
  expect(decays({ shape: [3], decay: true }, options)).toBe(true);
  expect(decays({ shape: [3, 2], decay: false }, options)).toBe(decay === 'all');
  expect(decays({ shape: [3, 2] }, { ...options, weightDecay: 0 })).toBe(false);
});

test('the bias corrections are computed in full precision', () => {
  const { learningRate, correction1, correction2 } = adamw().scalars(0, 0.5, 'float64');
  expect(numbers(learningRate!)).toEqual([0.5]);
  expect(numbers(correction1!)[0]).toBeCloseTo(10, 12);
  expect(numbers(correction2!)[0]).toBeCloseTo(20, 12);
  const late = adamw({ betas: [0.9, 0.9999] }).scalars(99, 0.5, 'float64');
  expect(numbers(late.correction2!)[0]).toBeCloseTo(1 / (1 - 0.9999 ** 100), 10);
});

describe('createOptimizer', () => {
  test('fills in the defaults, and refuses what it does not know', () => {
    const { slots } = createOptimizer(OPTIMIZERS, 'adamw', {});
    const spec = { dtype: 'float32', shape: [2], init: zerosInit, role: 'mlp' } as const;
    expect(Object.keys(slots(spec))).toEqual(['m', 'v']);
    expect(() => createOptimizer(OPTIMIZERS, 'adam' as 'adamw', {})).toThrow(
      "optimizer: unknown kind 'adam'",
    );
    expect(() => adamw({ beta: 1 })).toThrow("optimizer: unknown key 'beta'");
    expect(() => adamw({ betas: [1, 0] })).toThrow('betas.0');
  });
});

describe('clipping', () => {
  const a = arrayOf('float64', [2], [3, -4]);
  const b = arrayOf('float64', [1, 2], [12, 0]);

  test.each([
    [1, 1],
    [6.5, 6.5],
    [13, 13],
    [100, 13],
  ])('to %d gives the norm %d', async (maxNorm, expected) => {
    const [before, after, x, y] = await evaluate(device, { a, b }, ({ a, b }) => {
      const norm = globalNorm([a, b]);
      const clipped = scaleGradients([a, b], clipFactor(norm, maxNorm));
      return [norm, globalNorm(clipped), ...clipped];
    });
    expect(numbers(before!)).toEqual([13]);
    expect(numbers(after!)[0]).toBeCloseTo(expected, 5);
    // The direction stays, and below the limit nothing changes at all.
    const factor = numbers(x!)[0]! / 3;
    expect(factor).toBeCloseTo(Math.min(1, maxNorm / (13 + 1e-6)), 12);
    expect([...numbers(x!), ...numbers(y!)]).toEqual(
      [3, -4, 12, 0].map((v) => expect.closeTo(v * factor, 12)),
    );
    if (maxNorm > 13.1) expect(numbers(x!)).toEqual([3, -4]);
  });

  test('of zeros gives zeros', async () => {
    const zero = arrayOf('float64', [2], [0, 0]);
    const [norm, x] = await evaluate(device, { zero }, ({ zero }) => {
      const n = globalNorm([zero]);
      return [n, ...scaleGradients([zero], clipFactor(n, 1))];
    });
    expect([numbers(norm!), numbers(x!)]).toEqual([[0], [0, 0]]);
  });
});
