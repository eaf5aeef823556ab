// The plugins of examples/plugins do what they say, as a user's would.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  arraysToTree,
  drawBatch,
  inputsOf,
  type Learner,
  type LearnerContext,
  type LearnerSnapshot,
  openLearner,
  resolveAlgorithm,
} from '../../dist/algorithms/index.js';
import {
  arrayOf,
  castFloats,
  foldIn,
  initParams,
  keyFromSeed,
  type NdArray,
  type ParamSpec,
  randomBits,
  spec,
  type Tree,
  withDtype,
} from '../../dist/core/index.js';
import type { Registry } from '../../dist/core/registry.js';
import { createModel, type Model, scanSteps } from '../../dist/nn/index.js';
import { createOptimizer, type Optimizer } from '../../dist/optim/index.js';
import { describeOptions, KINDS, type Kinds, loadKinds } from '../../dist/plugins/index.js';
import { add, type Device, openDevice } from '../../dist/tensor/index.js';
import { createWorldOf, drawSequence } from '../../dist/worlds/index.js';

const FOLDER = fileURLToPath(new URL('../../examples/plugins', import.meta.url));
const FILES = ['min-gru', 'selective-copy', 'evolution-strategies', 'lion', 'nudge'].map(
  (name) => `./${name}.js`,
);
const [BATCH, TIME, VOCABULARY] = [2, 7, 11];
const KEY = keyFromSeed(3);

let device: Device;
let kinds: Kinds;
beforeAll(async () => {
  device = openDevice({ threads: 1 });
  kinds = (await loadKinds(FILES, FOLDER)).registries;
});
afterAll(() => device.close());

test('every kind that they add says what its options mean', () => {
  const added = Object.entries(kinds).flatMap(([what, registry]) =>
    Object.values(registry as Registry).filter(({ kind }) => !(kind in KINDS[what as keyof Kinds])),
  );
  expect(added.map(({ kind }) => kind).sort()).toEqual([
    'evolution-strategies',
    'lion',
    'my-min-gru',
    // A world is data too.
    'my-selective-copy',
    'my-selective-copy',
    'nudge',
  ]);
  for (const { options } of added) {
    expect(describeOptions(options).filter(({ description }) => !description)).toEqual([]);
  }
});

describe('min-gru', () => {
  const create = (): Model =>
    createModel(
      kinds.models,
      'my-min-gru',
      { hiddenSize: 6, stateSize: 5 },
      {
        vocabSize: VOCABULARY,
        contextLength: TIME,
      },
    );

  const tokensOf = (name: string, from = TIME): NdArray => {
    const [first, then] = [name, `${name} changed`].map((each) =>
      randomBits(foldIn(KEY, each), BATCH * TIME),
    );
    const data = Array.from(first!, (bit, i) => (i % TIME < from ? bit : then![i]!) % VOCABULARY);
    return arrayOf('int32', [BATCH, TIME], data);
  };

  test('has in parallel what it has step by step, to 1e-10, and looks at nothing that follows', async () => {
    const model = create();
    const params = castFloats(initParams(model.params, KEY) as Tree<NdArray>, 'float64');
    const program = await device.compile({
      states: { params: withDtype(model.params, 'float64') },
      inputs: { a: spec('int32', [BATCH, TIME]), b: spec('int32', [BATCH, TIME]) },
      build: (states, { a, b }) => ({
        outputs: {
          a: model.forward(states.params, a),
          b: model.forward(states.params, b),
          stepped: scanSteps(model, states.params, a).hidden,
        },
      }),
    });
    const state = await device.createState<Tree<NdArray>>(params);
    const from = 4;
    const out = await program
      .run({ params: state }, { a: tokensOf('a'), b: tokensOf('a', from) })
      .read();
    await Promise.all([program.close(), state.drop()]);
    const far = (x: NdArray, counts: (t: number) => boolean) =>
      Math.max(
        ...Array.from(out.a.data as ArrayLike<number>, (value, i) =>
          counts(Math.floor(i / 6) % TIME) ? Math.abs(value - Number(x.data[i])) : 0,
        ),
      );
    expect(out.a.shape).toEqual([BATCH, TIME, 6]);
    expect(far(out.stepped, () => true)).toBeLessThan(1e-10);
    expect(far(out.b, (t) => t < from)).toBe(0);
    expect(far(out.b, (t) => t >= from)).toBeGreaterThan(1e-3);
  });
});

test('selective-copy names the symbols among blanks in their order, and only they count', () => {
  const world = createWorldOf(
    kinds.worlds,
    'my-selective-copy',
    { items: 3 },
    { sequenceLength: 17 },
  );
  const places = new Set<number>();
  for (let i = 0; i < 20; i++) {
    const { tokens } = drawSequence(world, KEY, i);
    const body = [...tokens.slice(0, 13)];
    expect(body.filter((token) => token !== 8)).toEqual([...tokens.slice(14)]);
    expect(tokens[13]).toBe(9);
    expect([...world.targets!(tokens)]).toEqual([...new Array(14).fill(0), 1, 1, 1]);
    places.add(body.findIndex((token) => token !== 8));
  }
  expect(places.size).toBeGreaterThan(3);
  expect(() =>
    createWorldOf(kinds.worlds, 'my-selective-copy', { items: 9 }, { sequenceLength: 17 }),
  ).toThrow('9 items do not fit 17 tokens');
  expect(kinds.data).toHaveProperty('my-selective-copy');
});

test('lion moves by the learning rate, in the direction of the averaged sign', async () => {
  const lion = createOptimizer(kinds.optimizers, 'lion', { weightDecay: 0.5 });
  const shape = [1, 3];
  const param = {
    dtype: 'float64',
    shape,
    init: () => new Float32Array(3),
    role: 'mixer',
  } as const;
  const leaf = spec('float64', shape);
  const program = await device.compile({
    states: {},
    inputs: { value: leaf, gradient: leaf, m: leaf, learningRate: spec('float64', []) },
    build: (_, { value, gradient, m, learningRate }) => {
      const [next] = lion.update([{ spec: param, value, gradient, slots: { m } }], {
        learningRate,
      });
      return { outputs: { value: next!.value, m: next!.slots.m! } };
    },
  });
  const of = (...numbers: number[]) => arrayOf('float64', shape, numbers);
  const out = await program
    .run({}, {
      value: of(1, 1, -2),
      gradient: of(3, -0.1, 0),
      m: of(0, 0.2, -1),
      ...lion.scalars(0, 0.1, 'float64'),
    } as never)
    .read();
  await program.close();
  // c = 0.9 m + 0.1 g is 0.3, 0.17 and −0.9; p − 0.1 (sign(c) + 0.5 p), m = 0.99 m + 0.01 g.
  const expected = { value: [0.85, 0.85, -1.8], m: [0.03, 0.197, -0.99] };
  for (const name of ['value', 'm'] as const) {
    Array.from(out[name].data, Number).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[name][i]!, 12);
    });
  }
  expect(Object.keys(lion.slots(param))).toEqual(['m']);
});

describe('evolution-strategies', () => {
  const BATCH_SIZE = 16;

  type Request = {
    readonly kind: string;
    readonly options?: object;
    readonly optimizer: Optimizer;
    readonly sizes: object;
    readonly snapshot?: LearnerSnapshot;
    readonly frozen?: LearnerContext['frozen'];
  };
  /** A learner of a small minGRU on the simplest selective copying. */
  async function open({ kind, options = {}, optimizer, sizes: own, snapshot, frozen }: Request) {
    const found = resolveAlgorithm(kinds.algorithms, kind, options);
    const easy = { symbols: 2, items: 1 };
    const world = createWorldOf(kinds.worlds, 'my-selective-copy', easy, { sequenceLength: 5 });
    const sizes = { vocabSize: world.vocabSize, contextLength: inputsOf(world) };
    const model = createModel(kinds.models, 'my-min-gru', own, sizes);
    const context: LearnerContext = {
      device,
      model,
      options: found.options,
      artifacts: {},
      key: KEY,
      optimizer,
      frozen,
      accumulate: 2,
      clipNorm: 0,
      data: {
        ...sizes,
        batchSize: BATCH_SIZE,
        firstPosition: 0,
        weighted: true,
        order: 'independent',
      },
      initial: snapshot
        ? { params: arraysToTree(model.params, snapshot.params), optimizer: snapshot.optimizer }
        : { params: initParams(model.params, KEY) as Tree<NdArray> },
    };
    const learner: Learner = await openLearner(found.definition, context);
    const batch = (step: number) => drawBatch(world, KEY, step, BATCH_SIZE);
    return { learner, batch };
  }

  test('learns without gradients, leaves what is frozen, and goes on to the same bits', async () => {
    const optimizer = createOptimizer(kinds.optimizers, 'adamw', {});
    const plan = {
      kind: 'evolution-strategies',
      options: { pairs: 3, sigma: 0.05 },
      optimizer,
      sizes: { hiddenSize: 12, layers: 1 },
      frozen: ({ role }: ParamSpec) => role === 'norm',
    };
    const { learner, batch } = await open(plan);
    const step = (one: Learner, n: number) => one.step(batch(n), { step: n, learningRate: 0.02 });
    const held = [batch(1000)];
    const before = await learner.evaluate(held);
    const beginning = await learner.snapshot();
    const losses: number[] = [];
    for (let n = 0; n < 80; n++) losses.push((await step(learner, n)).loss);
    const middle = await learner.snapshot();
    expect((await learner.evaluate(held)).loss).toBeLessThan(before.loss / 4);
    expect(Math.min(...losses)).toBeLessThan(losses[0]! / 4);
    const next = await step(learner, 80);
    expect(next.parts!.difference).toBeGreaterThan(0);
    const after = await learner.snapshot();
    await learner.close();
    expect(after.params['norm.weight']).toEqual(beginning.params['norm.weight']);
    expect(after.params['head.weight']).not.toEqual(beginning.params['head.weight']);
    const again = await open({ ...plan, snapshot: structuredClone(middle) });
    expect(await step(again.learner, 80)).toEqual(next);
    expect(await again.learner.snapshot()).toEqual(after);
    await again.learner.close();
  });

  test('estimates the gradient that differentiation gives', async () => {
    /** Adds gradients up, and leaves parameters where they are. */
    const optimizer: Optimizer = {
      kind: 'sum',
      slots: ({ dtype, shape }) => ({ sum: { dtype, shape } }),
      scalars: () => ({}),
      update: (params) =>
        params.map(({ value, gradient, slots }) => ({
          value,
          slots: { sum: add(slots.sum!, gradient) },
        })),
    };
    const sizes = { hiddenSize: 2, layers: 1, intermediateSize: 2 };
    const gradientOf = async (kind: string, options: object, steps: number) => {
      const { learner, batch } = await open({ kind, options, optimizer, sizes });
      for (let n = 0; n < steps; n++) await learner.step(batch(0), { step: n, learningRate: 1 });
      const { optimizer: sums } = await learner.snapshot();
      await learner.close();
      return Object.values(sums).flatMap(({ data }) =>
        Array.from(data as ArrayLike<number>, (x) => x / steps),
      );
    };
    const exact = await gradientOf('next-token', {}, 1);
    // Few directions per step, since a session for many takes longer to open than the steps.
    const guess = await gradientOf('evolution-strategies', { pairs: 2, sigma: 1e-2 }, 400);
    const dot = (a: readonly number[], b: readonly number[]) =>
      a.reduce((total, x, i) => total + x * b[i]!, 0);
    // A mean of n directions among d is at an angle of cosine (1 + (d + 1) / n)^(−1/2), and as long along the gradient.
    expect(exact.length).toBeLessThan(100);
    expect(dot(exact, guess) / Math.sqrt(dot(exact, exact) * dot(guess, guess))).toBeGreaterThan(
      0.97,
    );
    expect(dot(exact, guess) / dot(exact, exact)).toBeCloseTo(1, 1);
  });
});
