import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { relativeError } from '../../test/support/gradient-check.ts';
import {
  arrayOf,
  flattenTree,
  foldIn,
  isNdArray,
  keyFromSeed,
  mapTree,
  type NdArray,
  normal,
  type ParamSpec,
  spec,
  type Tree,
  UserError,
  zerosInit,
} from '../core/index.ts';
import { createOptimizer, OPTIMIZERS } from '../optim/index.ts';
import {
  add,
  cast,
  type Device,
  dropoutMask,
  matmul,
  mean,
  meanSquaredError,
  mul,
  openDevice,
  relu,
  reshape,
  square,
  sum,
  type Tensor,
} from '../tensor/index.ts';
import { type Part, type TrainStepOptions, trainStepProgram } from './train-step.ts';
import { openTrainer, type TrainerOptions } from './trainer.ts';

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 2 });
});
afterAll(() => device.close());

const random = (label: string, ...shape: number[]): NdArray => ({
  dtype: 'float32',
  shape,
  data: normal(
    foldIn(keyFromSeed(2), label),
    shape.reduce((a, b) => a * b, 1),
  ),
});

const START = {
  first: { weight: random('w1', 5, 7), bias: random('b1', 7) },
  second: { weight: random('w2', 7, 3) },
  unused: { weight: random('w3', 2, 2) },
};
/** Of one layer each, in the order of their names. */
const SPECS = Object.fromEntries(
  Object.entries(START).map(([name, tree], layer) => [
    name,
    mapTree<NdArray, ParamSpec>(tree as Tree<NdArray>, isNdArray, ({ dtype, shape }) => ({
      dtype,
      shape,
      init: zerosInit,
      role: 'mlp',
      layer,
    })),
  ]),
);
const BATCH = { x: random('x', 8, 5), y: random('y', 8, 3) };
const OPTIMIZER = createOptimizer(OPTIMIZERS, 'adamw', { weightDecay: 0.1 });
const KEY = keyFromSeed(9);

const loss = (params: Tree<Tensor>, { x, y }: Part['batch']): Tensor => {
  const { first, second } = params as unknown as typeof START extends infer T
    ? { [K in keyof T]: Record<string, Tensor> }
    : never;
  const hidden = relu(add(matmul(x!, first.weight!), first.bias!));
  return meanSquaredError(matmul(hidden, second.weight!), y!);
};

const forward: TrainStepOptions['forward'] = (params, { batch }) => ({ loss: loss(params, batch) });
const STEP = { params: SPECS, batch: BATCH, forward, optimizer: OPTIMIZER, clipNorm: 0 };

async function train(options: Partial<TrainerOptions>, steps = 3, batch = BATCH) {
  const trainer = await openTrainer(
    device,
    { ...STEP, batch, key: KEY, ...options },
    { params: structuredClone(START) },
  );
  const losses: number[] = [];
  const norms: number[] = [];
  const outputs: Readonly<Record<string, NdArray>>[] = [];
  for (let step = 0; step < steps; step++) {
    const out = await trainer.step(batch, { step, learningRate: 0.01 });
    losses.push(out.loss!.data[0] as number);
    norms.push(out.gradientNorm!.data[0] as number);
    outputs.push(out);
  }
  const { params, optimizer } = await trainer.snapshot();
  await trainer.close();
  const firstMoments = Object.entries(optimizer).flatMap(([name, m]) =>
    name.startsWith('m.') ? [m] : [],
  );
  return { losses, norms, outputs, values: new Map(Object.entries(params)), firstMoments };
}

describe('gradient accumulation', () => {
  test.each([2, 4, 8])('in %d parts equals the whole batch', async (accumulate) => {
    const whole = await train({});
    const parts = await train({ accumulate });
    expect(relativeError(parts.losses, whole.losses)).toBeLessThan(1e-5);
    expect(relativeError(parts.norms, whole.norms)).toBeLessThan(1e-5);
    expect(whole.losses[2]!).toBeLessThan(whole.losses[0]!);
    for (const [path, value] of whole.values) {
      const found = parts.values.get(path)!.data as Float32Array;
      expect(relativeError(found, value.data as Float32Array), path).toBeLessThan(1e-6);
    }
  });

  test('takes every array of the batch apart, bools and integers too', async () => {
    const batch = {
      ...BATCH,
      kept: arrayOf('bool', [8], [1, 1, 0, 1, 1, 1, 1, 0]),
      ids: arrayOf('int64', [8, 1], [0, 1, 2, 3, 4, 5, 6, 7]),
    };
    const seen: Readonly<Record<string, Tensor>>[] = [];
    const { losses } = await train(
      {
        accumulate: 4,
        forward: (params, { batch: piece }) => {
          seen.push(piece);
          const kept = cast(reshape(piece.kept!, [2, 1]), 'float32');
          const noise = mul(cast(piece.ids!, 'float32'), 0);
          return { loss: loss(params, { x: mul(add(piece.x!, noise), kept), y: piece.y! }) };
        },
      },
      1,
      batch,
    );
    expect(seen.map((piece) => Object.values(piece).map((x) => x.shape))).toEqual(
      new Array(4).fill([[2, 5], [2, 3], [2], [2, 1]]),
    );
    expect(losses[0]).toBeGreaterThan(0);
  });

  test('every part drops elements of its own', async () => {
    // The gradient of Σ w ∘ mask is the mask: with one mask for all parts it would be 0 or 1 / keep only.
    const params = { w: arrayOf('float32', [1000], new Array(1000).fill(1)) };
    const trainer = await openTrainer(
      device,
      {
        params: { w: { ...spec('float32', [1000]), init: zerosInit, role: 'mlp' } },
        batch: { x: spec('float32', [4]) },
        accumulate: 4,
        optimizer: OPTIMIZER,
        clipNorm: 0,
        key: KEY,
        forward: (tree, { batch: { x }, key }) => {
          const { w } = tree as unknown as { w: Tensor };
          return { loss: add(sum(mul(w, dropoutMask(key, 0, w, 0.5))), mul(mean(x!), 0)) };
        },
      },
      { params },
    );
    await trainer.step({ x: random('x', 4) }, { step: 0, learningRate: 0.01 });
    const { optimizer } = await trainer.snapshot();
    await trainer.close();
    // m = 0.1 g, and g is the mean of four masks of 0 or 2: its distribution is binomial.
    const counts = [0, 0, 0, 0, 0];
    for (const v of optimizer['m.w']!.data as Float32Array) counts[Math.round((v / 0.1) * 2)]! += 1;
    const expected = [1, 4, 6, 4, 1].map((n) => (n * 1000) / 16);
    counts.forEach((n, i) => {
      expect(Math.abs(n - expected[i]!)).toBeLessThan(6 * Math.sqrt(expected[i]!));
    });
    // A mask that is that of another part, some elements on, would show as a correlation of neighbors.
    const centered = Array.from(optimizer['m.w']!.data as Float32Array, (v) => v / 0.1 - 1);
    const covariance = (lag: number) =>
      centered.reduce((total, v, i) => total + v * (centered[i + lag] ?? 0), 0);
    for (const lag of [1, 2, 3]) {
      expect(Math.abs(covariance(lag) / covariance(0)), `lag ${lag}`).toBeLessThan(0.15);
    }
  });
});

test('frozen parameters keep their bits, the others move as if alone', async () => {
  const { values, firstMoments } = await train({ frozen: ({ layer }) => layer === 0 });
  for (const [path, value] of flattenTree<NdArray>(START, isNdArray)) {
    const same = Buffer.from(value.data.buffer).equals(
      Buffer.from(values.get(path)!.data.slice().buffer),
    );
    expect(same, path).toBe(path.startsWith('first.'));
  }
  expect(firstMoments.map((m) => m.shape)).toEqual([
    [7, 3],
    [2, 2],
  ]);
});

test('joined parameters move to the same bits as each by itself', async () => {
  const joined = await train({});
  const apart = await train({ optimizer: { ...OPTIMIZER, elementwise: false } });
  expect([...joined.values]).toEqual([...apart.values]);
  expect(joined.firstMoments).toEqual(apart.firstMoments);
});

test('what the loss does not use decays only', async () => {
  const { values } = await train({}, 2);
  const start = START.unused.weight.data as Float32Array;
  const expected = start.map((v) => v * (1 - 0.01 * 0.1) ** 2);
  expect(relativeError(values.get('unused.weight')!.data as Float32Array, expected)).toBeLessThan(
    1e-6,
  );
});

test('clipping bounds the first step’s moments, and reports the norm before', async () => {
  const free = await train({}, 1);
  const clipped = await train({ clipNorm: 0.5 }, 1);
  expect(free.norms[0]!).toBeGreaterThan(1);
  expect(clipped.norms[0]).toBeCloseTo(free.norms[0]!, 5);
  const norm = (moments: readonly NdArray[]) =>
    Math.sqrt(moments.reduce((s, m) => (m.data as Float32Array).reduce((a, v) => a + v * v, s), 0));
  // The first moment is 0.1 g.
  expect(norm(clipped.firstMoments)).toBeCloseTo(0.05, 6);
  expect(norm(free.firstMoments)).toBeCloseTo(0.1 * free.norms[0]!, 5);
});

test('metrics are averaged over the parts, reports of watched tensors joined, and groups clipped apart', async () => {
  const watching: TrainStepOptions['forward'] = (params, { batch }) => ({
    loss: loss(params, batch),
    metrics: { inputs: mean(batch.x!) },
    watch: {
      tensors: [batch.y!],
      report: ([g]) => ({ reached: sum(square(g!), { axes: [1] }) }),
    },
  });
  const [whole, parts] = [
    await train({ forward: watching, clipApart: true, clipNorm: 0.5 }),
    await train({ forward: watching, clipApart: true, clipNorm: 0.5, accumulate: 4 }),
  ];
  for (const [i, out] of whole.outputs.entries()) {
    expect(Object.keys(out).sort()).toEqual(Object.keys(parts.outputs[i]!).sort());
    for (const [name, { shape, data }] of Object.entries(out)) {
      const other = parts.outputs[i]![name]!;
      expect(other.shape, name).toEqual(shape);
      expect(relativeError(other.data as Float32Array, data as Float32Array), name).toBeLessThan(
        1e-5,
      );
    }
  }
  const [first] = whole.outputs;
  expect(first!.reached!.shape).toEqual([8]);
  const norms = ['first', 'second', 'unused'].map((name) =>
    Number(first![`gradientNorm.${name}`]!.data[0]),
  );
  expect(Math.hypot(...norms)).toBeCloseTo(Number(first!.gradientNorm!.data[0]), 4);
  expect(norms[2]).toBe(0);
});

test('what is carried goes from step to step, row by row, and into the snapshot', async () => {
  const carrying: TrainStepOptions['forward'] = (params, { batch, carried }) => {
    const { seen } = carried as { seen: Tensor };
    return { loss: loss(params, batch), carried: { seen: add(seen, batch.x!) } };
  };
  for (const accumulate of [1, 4]) {
    const trainer = await openTrainer(
      device,
      {
        ...STEP,
        forward: carrying,
        accumulate,
        key: KEY,
        carried: { seen: spec('float32', [8, 5]) },
      },
      { params: structuredClone(START) },
    );
    for (const step of [0, 1, 2]) await trainer.step(BATCH, { step, learningRate: 0.01 });
    const { optimizer } = await trainer.snapshot();
    await trainer.close();
    const expected = (BATCH.x.data as Float32Array).map((x) => 3 * x);
    expect(relativeError(optimizer['carried.seen']!.data as Float32Array, expected)).toBeLessThan(
      1e-6,
    );
  }
});

describe('mistakes', () => {
  const program = (options: Partial<TrainStepOptions>) => trainStepProgram({ ...STEP, ...options });

  test('a batch that does not divide', () => {
    expect(() => program({ accumulate: 3 })).toThrow(UserError);
    expect(() => program({ accumulate: 3 })).toThrow("'x' [8, 5] does not divide into 3 parts");
    expect(() => program({ accumulate: 0 })).toThrow('into 0 parts');
  });

  test('nothing to train', () => {
    expect(() => program({ frozen: () => true })).toThrow('every parameter is frozen');
  });
});
