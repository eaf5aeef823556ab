// The plugins of examples/plugins do what they say, as a user's would.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  arrayOf,
  castFloats,
  foldIn,
  initParams,
  keyFromSeed,
  type NdArray,
  randomBits,
  spec,
  type Tree,
  withDtype,
} from '../../dist/core/index.js';
import { createModel, type Model, unroll } from '../../dist/nn/index.js';
import { createOptimizer } from '../../dist/optim/index.js';
import {
  describeOptions,
  KINDS,
  type Kinds,
  loadKinds,
  loadPlugins,
} from '../../dist/plugins/index.js';
import { type Device, openDevice } from '../../dist/tensor/index.js';
import { createWorldOf, drawSequence } from '../../dist/worlds/index.js';

const FOLDER = fileURLToPath(new URL('../../examples/plugins', import.meta.url));
const FILES = ['./min-gru.js', './selective-copy.js', './nudge.js'];
const [BATCH, TIME, VOCABULARY] = [2, 7, 11];
const KEY = keyFromSeed(3);

let device: Device;
let kinds: Kinds;
beforeAll(async () => {
  device = openDevice({ threads: 1 });
  kinds = (await loadKinds(FILES, FOLDER)).registries;
});
afterAll(() => device.close());

test('every kind that they add says what its options mean', async () => {
  const { registries } = await loadPlugins([...FILES, './lion.js'], FOLDER, {
    ...KINDS,
    optimizers: {},
  });
  const added = Object.entries(registries).flatMap(([what, registry]) =>
    Object.values(registry).filter(
      ({ kind }) => !(kind in { ...KINDS[what as keyof typeof KINDS] }),
    ),
  );
  expect(added.map(({ kind }) => kind).sort()).toEqual([
    'lion',
    'min-gru',
    'nudge',
    'selective-copy',
  ]);
  for (const { options } of added) {
    expect(describeOptions(options).filter(({ description }) => !description)).toEqual([]);
  }
});

describe('min-gru', () => {
  const create = (): Model =>
    createModel(
      kinds.models,
      'min-gru' as 'gru',
      { hiddenSize: 6, stateSize: 5 },
      {
        ...{ vocabSize: VOCABULARY, contextLength: TIME },
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
          stepped: unroll(model, states.params, a).hidden,
        },
      }),
    });
    const state = await device.createState<Tree<NdArray>>(params);
    const from = 4;
    const out = await program.run({ params: state }, { a: tokensOf('a'), b: tokensOf('a', from) });
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
  const world = createWorldOf(kinds.worlds, 'selective-copy', { items: 3 }, { sequenceLength: 17 });
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
    createWorldOf(kinds.worlds, 'selective-copy', { items: 9 }, { sequenceLength: 17 }),
  ).toThrow('9 items do not fit 17 tokens');
  expect(kinds.data).toHaveProperty('selective-copy');
});

test('lion moves by the learning rate, in the direction of the averaged sign', async () => {
  const given = { optimizers: {} as Parameters<typeof createOptimizer>[0] };
  const { registries } = await loadPlugins(['./lion.js'], FOLDER, given);
  const lion = createOptimizer(registries.optimizers, 'lion', { weightDecay: 0.5 });
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
  const out = await program.run({}, {
    ...{ value: of(1, 1, -2), gradient: of(3, -0.1, 0), m: of(0, 0.2, -1) },
    ...lion.scalars(0, 0.1, 'float64'),
  } as never);
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
