// Training on a device against a Llama, its gradients and AdamW written in plain float64 loops.

import { describe, expect, test } from 'vitest';
import {
  flattenTree,
  foldIn,
  isNdArray,
  keyFromSeed,
  type NdArray,
  normal,
  type Tree,
} from '../../src/core/index.ts';
import { deriveLlamaConfig, type ModelOptions } from '../../src/nn/index.ts';
import type { Device } from '../../src/tensor/index.ts';
import { relativeError } from './gradient-check.ts';
import { type PlainParams, plainAdamw, plainLlama } from './plain-llama.ts';
import {
  idsOf,
  initialParams,
  learningRateOf,
  OPTIMIZER,
  type Training,
  trainLlama,
} from './train-llama.ts';

const STEPS = 20;

/** An embedding large enough for lively attention. */
function tiny(options: ModelOptions): Training {
  const sizes = { hiddenSize: 8, intermediateSize: 12, layers: 2, heads: 4, embeddingStd: 0.5 };
  return {
    config: deriveLlamaConfig(
      { ...sizes, ropeBase: 100, ...options },
      { vocabSize: 17, contextLength: 7 },
    ),
    batch: 3,
    time: 7,
    steps: STEPS,
    dtype: 'float32',
  };
}

function plainParams(training: Training): PlainParams {
  const leaves = flattenTree<NdArray>(
    initialParams(training) as unknown as Tree<NdArray>,
    isNdArray,
  );
  return Object.fromEntries(
    leaves.map(([name, { shape, data }]) => [
      name,
      { shape, data: Float64Array.from(data as Float32Array) },
    ]),
  );
}

const LLAMA3 = {
  kind: 'llama3',
  factor: 4,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalContextLength: 40,
} as const;

/** Models whose training is checked. */
const MODELS = {
  'four heads of keys': {},
  'tied, two heads of keys': { tieEmbeddings: true, kvHeads: 2 },
  'all biases, wide heads': { attentionBias: 'qkvo', mlpBias: true, headDim: 6, kvHeads: 2 },
  // Wavelengths of 6, 20, 63 and 199 tokens: one stays, one is blended, two are slowed.
  'Qwen 2, scaled positions': { attentionBias: 'qkv', headDim: 8, ropeScaling: LLAMA3 },
} satisfies Record<string, ModelOptions>;

export type TrainedModel = keyof typeof MODELS;
export const TRAINED_MODELS = Object.keys(MODELS) as TrainedModel[];

/** Describes the plain reference, by its own loss. */
export function describeReference(): void {
  describe.each(Object.entries<ModelOptions>(MODELS))('%s', (_, options) => {
    const training = tiny(options);
    const ids = (name: string, step: number) => idsOf(training, `${name} ${step}`);

    test('the reference has the gradients of its own loss', () => {
      const params = plainParams(training);
      const lossAndGradients = () =>
        plainLlama(params, training.config, ids('tokens', 0), ids('targets', 0), training.time);
      const { gradients } = lossAndGradients();
      for (const name of Object.keys(params)) {
        const { data } = params[name]!;
        const direction = normal(foldIn(keyFromSeed(3), name), data.length);
        const start = data.slice();
        const lossAt = (distance: number) => {
          data.forEach((_, i) => {
            data[i] = start[i]! + distance * direction[i]!;
          });
          return lossAndGradients().loss;
        };
        const slope = (lossAt(1e-5) - lossAt(-1e-5)) / 2e-5;
        lossAt(0);
        const expected = gradients[name]!.reduce((sum, g, i) => sum + g * direction[i]!, 0);
        expect(Math.abs(expected)).toBeGreaterThan(1e-6);
        expect(slope / expected, name).toBeCloseTo(1, 6);
      }
    });
  });
}

/**
 * Describes steps of models on a device, against the reference.
 *
 * @param options.single whether in float32 too, not in float64 alone
 */
export function describeSteps(
  deviceOf: () => Device,
  models: readonly TrainedModel[],
  { single: hasSingle = true }: { readonly single?: boolean } = {},
): void {
  describe.each(models)('%s', (model) => {
    const training = tiny(MODELS[model]);
    const ids = (name: string, step: number) => idsOf(training, `${name} ${step}`);

    test('twenty steps of AdamW with clipping agree step by step', async () => {
      const device = deviceOf();
      const params = plainParams(training);
      const moments = {};
      const losses: number[] = [];
      const norms: number[] = [];
      for (let step = 0; step < STEPS; step++) {
        const found = plainLlama(
          params,
          training.config,
          ids('tokens', step),
          ids('targets', step),
          training.time,
        );
        losses.push(found.loss);
        norms.push(
          plainAdamw(params, found.gradients, moments, OPTIMIZER, step, learningRateOf(step)),
        );
      }
      // Some steps are clipped, others are not.
      expect(Math.min(...norms)).toBeLessThan(OPTIMIZER.clipNorm);
      expect(Math.max(...norms)).toBeGreaterThan(OPTIMIZER.clipNorm);

      const exact = await trainLlama(device, { ...training, dtype: 'float64' });
      expect(relativeError(exact.losses, losses)).toBeLessThan(1e-9);
      expect(relativeError(exact.norms, norms)).toBeLessThan(1e-9);
      for (const [name, { data }] of Object.entries(params)) {
        expect(
          relativeError(exact.params.get(name)!.data as Float64Array, data),
          name,
        ).toBeLessThan(1e-8);
      }
      if (!hasSingle) return;
      const single = await trainLlama(device, training);
      losses.forEach((loss, step) => {
        expect(Math.abs(single.losses[step]! - loss), `step ${step}`).toBeLessThan(1e-4);
      });
      expect(relativeError(single.norms, norms)).toBeLessThan(1e-4);
    });
  });
}

/** Describes float32 against float64 on a device. */
export function describePrecision(deviceOf: () => Device): void {
  test('float32 follows float64 at d64 L2 T64, vocabulary 257', async () => {
    const device = deviceOf();
    const training: Training = {
      config: deriveLlamaConfig(
        { hiddenSize: 64, layers: 2, heads: 2 },
        { vocabSize: 257, contextLength: 64 },
      ),
      batch: 4,
      time: 64,
      steps: STEPS,
      dtype: 'float64',
    };
    const exact = await trainLlama(device, training);
    const single = await trainLlama(device, { ...training, dtype: 'float32' });
    exact.losses.forEach((loss, step) => {
      expect(Math.abs(single.losses[step]! - loss), `step ${step}`).toBeLessThan(1e-4);
    });
    expect(exact.losses.at(-1)!).toBeLessThan(exact.losses[0]! - 0.5);
  });
}
