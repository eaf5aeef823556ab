// What every model of the registry promises on a device.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  arrayOf,
  castFloats,
  flattenTree,
  foldIn,
  initParams,
  isNdArray,
  isParamSpec,
  keyFromSeed,
  mapTree,
  type NdArray,
  normal,
  type ParamSpec,
  randomBits,
  spec,
  type Tree,
  withDtype,
} from '../../src/core/index.ts';
import { openEvaluator, openGenerator } from '../../src/eval/index.ts';
import {
  createModel,
  MODELS,
  type Model,
  type ModelKind,
  readoutLogits,
  scanSteps,
  sequenceLosses,
} from '../../src/nn/index.ts';
import {
  argmax,
  type Device,
  logSoftmax,
  mean,
  reshape,
  type Tensor,
  takeAlongLastAxis,
} from '../../src/tensor/index.ts';
import { checkSlopes } from './direction-check.ts';

const SMALL = { hiddenSize: 8, heads: 2, intermediateSize: 6 };
const MEMORY = { ...SMALL, memoryTokens: 2, decoderLayers: 1 };
/** Small sizes of every model. */
export const SMALL_MODELS: Readonly<Record<ModelKind, object>> = {
  llama: { ...SMALL, layers: 2, kvHeads: 1, attentionBias: 'qkvo' },
  gru: MEMORY,
  lstm: MEMORY,
  'min-gru': { hiddenSize: 8, intermediateSize: 6, layers: 2 },
  'recurrent-mlp': MEMORY,
  'recurrent-transformer': { ...MEMORY, cellLayers: 2 },
};

const [BATCH, TIME, VOCABULARY] = [2, 6, 11];
export const SMALL_SIZES = { vocabSize: VOCABULARY, contextLength: TIME };
const SHAPE = [BATCH, TIME];
const KEY = keyFromSeed(3);

/** Token ids; those from position `from` on follow from another name. */
export function idsOf(name: string, from = TIME): NdArray {
  const draw = (key: string) => randomBits(foldIn(KEY, key), BATCH * TIME);
  const [first, then] = [draw(name), draw(`${name} changed`)];
  const bits = first.map((bit, i) => (i % TIME < from ? bit : then[i]!));
  return arrayOf(
    'int32',
    SHAPE,
    Array.from(bits, (bit) => bit % VOCABULARY),
  );
}

export const modelOf = (kind: ModelKind): Model =>
  createModel(MODELS, kind, SMALL_MODELS[kind], { vocabSize: VOCABULARY, contextLength: TIME });

/** Initial values, moved a little, so that biases and initial states that begin at zero are seen too. */
export function paramsOf(model: Model, dtype: 'float32' | 'float64' = 'float64'): Tree<NdArray> {
  const moved = mapTree<NdArray, NdArray>(
    initParams(model.params, KEY),
    isNdArray,
    (leaf, name) => {
      const noise = normal(foldIn(foldIn(KEY, 'noise'), name), leaf.data.length);
      return { ...leaf, data: noise.map((x, i) => Number(leaf.data[i]) + 0.1 * x) };
    },
  );
  return castFloats(moved, dtype);
}

/** Largest difference of values `[batch, time, width]` by position. */
function differences(a: NdArray, b: NdArray): number[] {
  const width = a.shape[2]!;
  const largest = new Array<number>(TIME).fill(0);
  a.data.forEach((value, i) => {
    const t = Math.floor(i / width) % TIME;
    largest[t] = Math.max(largest[t]!, Math.abs(Number(value) - Number(b.data[i])));
  });
  return largest;
}

/** The tests of all models on one device. */
export function describeModels(open: () => Device): void {
  let device: Device;
  beforeAll(() => {
    device = open();
  });
  afterAll(() => device.close());

  describe.each(Object.keys(MODELS) as ModelKind[])('%s', (kind) => {
    const model = modelOf(kind);
    const { stepping } = model;

    test('is causal, and gives step by step what it gives at once', async () => {
      const program = await device.compile({
        states: { params: withDtype(model.params, 'float64') },
        inputs: { a: spec('int32', SHAPE), b: spec('int32', SHAPE) },
        build: ({ params }, { a, b }) => ({
          outputs: {
            a: model.forward(params, a),
            b: model.forward(params, b),
            stepped: stepping ? scanSteps(model, params, a).hidden : model.forward(params, a),
          },
        }),
      });
      const params = await device.createState<Tree<NdArray>>(paramsOf(model));
      const from = 3;
      const out = await program.run({ params }, { a: idsOf('a'), b: idsOf('a', from) }).read();
      await Promise.all([program.close(), params.drop()]);
      const moved = differences(out.a, out.b);
      expect(Math.max(...moved.slice(0, from))).toBeLessThan(1e-12);
      expect(Math.min(...moved.slice(from))).toBeGreaterThan(1e-3);
      expect(Math.max(...differences(out.a, out.stepped))).toBeLessThan(1e-10);
      expect(out.a.shape.slice(0, 2)).toEqual(SHAPE);
    });

    test('has gradients that equal differences', async () => {
      const named = Object.fromEntries(flattenTree<NdArray>(paramsOf(model), isNdArray));
      const slopes = await checkSlopes(device, {
        params: named,
        inputs: { tokens: idsOf('a'), targets: idsOf('b') },
        loss: (flat, { tokens, targets }) => {
          const params = mapTree<ParamSpec, Tensor>(
            model.params,
            isParamSpec,
            (_, name) => flat[name]!,
          );
          const hidden = model.forward(params, tokens!);
          return mean(sequenceLosses(hidden, model.readout(params), targets!).losses);
        },
      });
      expect(slopes.length).toBeGreaterThan(Object.keys(named).length);
      for (const { what, numeric, analytic } of slopes) {
        expect(Math.abs(numeric - analytic), what).toBeLessThan(
          1e-6 * Math.max(1, Math.abs(numeric)),
        );
      }
    });

    test('begins with a loss near ln(vocabulary)', async () => {
      const program = await device.compile({
        states: { params: model.params },
        inputs: { tokens: spec('int32', SHAPE) },
        build: ({ params }, { tokens }) => {
          const logits = readoutLogits(model.forward(params, tokens), model.readout(params));
          return { outputs: { mean: mean(logSoftmax(logits)) } };
        },
      });
      const params = await device.createState<Tree<NdArray>>(initParams(model.params, KEY));
      const out = await program.run({ params }, { tokens: idsOf('a') }).read();
      await Promise.all([program.close(), params.drop()]);
      // Of targets that are all as frequent: ln(vocabulary) is the least that can be.
      const above = -Number(out.mean.data[0]) - Math.log(VOCABULARY);
      expect(above).toBeGreaterThan(-1e-5);
      expect(above).toBeLessThan(1);
    });

    test('is evaluated to the losses of its forward pass', async () => {
      const firstPosition = 2;
      // Longer than a piece of what is evaluated step by step, and no multiple of it.
      const long = createModel(MODELS, kind, SMALL_MODELS[kind], {
        vocabSize: VOCABULARY,
        contextLength: 37,
      });
      const shape = [BATCH, 37];
      const draw = (name: string) =>
        Int32Array.from(randomBits(foldIn(KEY, name), BATCH * 37), (bit) => bit % VOCABULARY);
      const batch = { inputs: draw('long'), targets: draw('long targets') };
      const params = await device.createState<Tree<NdArray>>(paramsOf(long, 'float32'));
      const evaluator = await openEvaluator(device, long, {
        batchSize: BATCH,
        contextLength: 37,
        firstPosition,
      });
      const once = await evaluator.evaluate(params, [batch]);
      // The second batch begins again.
      const twice = await evaluator.evaluate(params, [batch, batch]);
      // The same of parameters among those of a learner.
      const state = await device.createState<Tree<NdArray>>({
        other: arrayOf('float32', [1], 0),
        own: paramsOf(long, 'float32'),
      });
      const live = {
        state,
        pick: (all: Tree<Tensor>) => (all as { readonly own: Tree<Tensor> }).own,
      };
      const sizes = { batchSize: BATCH, contextLength: 37, firstPosition };
      const picking = await openEvaluator(device, long, sizes, live);
      expect(await picking.evaluate(live, [batch])).toEqual(once);
      await Promise.all([picking.close(), state.drop()]);
      const program = await device.compile({
        states: { params: long.params },
        inputs: { inputs: spec('int32', shape), targets: spec('int32', shape) },
        build: (states, { inputs, targets }) => {
          const logits = readoutLogits(
            long.forward(states.params, inputs),
            long.readout(states.params),
          );
          const picked = takeAlongLastAxis(logSoftmax(logits), reshape(targets, [...shape, 1]));
          return { outputs: { losses: picked } };
        },
      });
      const { losses } = await program
        .run(
          { params },
          {
            inputs: { dtype: 'int32', shape, data: batch.inputs },
            targets: { dtype: 'int32', shape, data: batch.targets },
          },
        )
        .read();
      await Promise.all([program.close(), evaluator.close(), params.drop()]);
      expect(once.tokens).toBe(BATCH * (37 - firstPosition));
      once.lossByPosition.forEach((loss, i) => {
        const at = (row: number) => -Number(losses.data[row * 37 + firstPosition + i]);
        expect(loss).toBeCloseTo((at(0) + at(1)) / 2, 5);
      });
      expect(twice.loss).toBeCloseTo(once.loss, 12);
    });

    test('continues a sequence as its forward pass does, token by token', async () => {
      const params = await device.createState<Tree<NdArray>>(paramsOf(model, 'float32'));
      const options = { maxTokens: TIME - 2, temperature: 0, seed: 0 };
      const generator = await openGenerator(device, model, params);
      const made = await generator.generate({ ...options, prompt: Int32Array.of(1, 4) });
      await generator.close();
      // The same from parameters among those of a learner.
      const among = await device.createState<Tree<NdArray>>({
        other: arrayOf('float32', [1], 0),
        own: paramsOf(model, 'float32'),
      });
      const picking = await openGenerator(device, model, {
        state: among,
        pick: (all) => (all as { readonly own: Tree<Tensor> }).own,
      });
      expect(await picking.generate({ ...options, prompt: Int32Array.of(1, 4) })).toEqual(made);
      await Promise.all([picking.close(), among.drop()]);
      const program = await device.compile({
        states: { params: model.params },
        inputs: { tokens: spec('int32', [1, TIME]) },
        build: (states, { tokens }) => ({
          outputs: {
            best: argmax(
              readoutLogits(model.forward(states.params, tokens), model.readout(states.params)),
              -1,
            ),
          },
        }),
      });
      const tokens = arrayOf('int32', [1, TIME], [1, 4, ...made]);
      const { best } = await program.run({ params }, { tokens }).read();
      await Promise.all([program.close(), params.drop()]);
      expect(Array.from(made)).toEqual(Array.from(best.data, Number).slice(1, TIME - 1));
    });
  });
}
