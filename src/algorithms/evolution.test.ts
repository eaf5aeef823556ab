import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  arrayOf,
  flattenTree,
  foldIn,
  initParams,
  isNdArray,
  keyFromSeed,
  mapTree,
  type NdArray,
  type ParamSpec,
  type Tree,
} from '../core/index.ts';
import { createModel, MODELS } from '../nn/index.ts';
import { createOptimizer, OPTIMIZERS } from '../optim/index.ts';
import { type Device, openDevice } from '../tensor/index.ts';
import { openLearner } from './algorithm.ts';
import { evolution } from './evolution.ts';

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 1 });
});
afterAll(() => device.close());

const KEY = keyFromSeed(4);
const model = createModel(
  MODELS,
  'min-gru',
  { hiddenSize: 4, layers: 1 },
  { vocabSize: 5, contextLength: 3 },
);
const data = {
  vocabSize: 5,
  contextLength: 3,
  batchSize: 2,
  firstPosition: 0,
  ...({ order: 'independent', weighted: false } as const),
};
const batch = { inputs: Int32Array.of(0, 1, 2, 3, 4, 0), targets: Int32Array.of(1, 2, 3, 4, 0, 1) };

/** The parameters that a model begins with, except for embeddings of zero: hidden states are zero then, whatever is read out. */
const begin = () =>
  mapTree<NdArray, NdArray>(
    initParams(model.params, foldIn(KEY, 'model')) as Tree<NdArray>,
    isNdArray,
    (x, path) =>
      path.startsWith('embedding') ? arrayOf('float32', x.shape, new Array(20).fill(0)) : x,
  );

async function takeStep(frozen?: (spec: ParamSpec) => boolean) {
  const learner = await openLearner(evolution, {
    device,
    model,
    data,
    key: KEY,
    frozen,
    artifacts: {},
    accumulate: 1,
    clipNorm: 0,
    options: { pairs: 2, sigma: 1 },
    optimizer: createOptimizer(OPTIMIZERS, 'adamw', {}),
    initial: { params: begin() },
  });
  try {
    const told = await learner.step(batch, { step: 0, learningRate: 0.1 });
    return { ...told, params: (await learner.snapshot()).params };
  } finally {
    await learner.close();
  }
}

test('frozen parameters are neither moved nor perturbed', async () => {
  const whole = await takeStep();
  expect(whole.gradientNorm).toBeGreaterThan(0.01);
  const { loss, gradientNorm, params } = await takeStep(({ role }) => role !== 'head');
  expect(loss).toBeCloseTo(Math.log(5), 5);
  expect(gradientNorm).toBeLessThan(1e-5);
  const initial = Object.fromEntries(flattenTree<NdArray>(begin(), isNdArray));
  for (const name of Object.keys(initial).filter((name) => !name.startsWith('head'))) {
    expect(params[name], name).toEqual(initial[name]);
  }
});
