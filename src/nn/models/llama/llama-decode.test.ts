// Decoding with a cache against the forward pass over the entire sequence.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withBiases } from '../../../../test/support/random-biases.ts';
import {
  type ArraySpec,
  arrayOf,
  foldIn,
  keyFromSeed,
  randomInt,
  spec,
} from '../../../core/index.ts';
import { type Device, matmul, openDevice, reshape } from '../../../tensor/index.ts';
import { initLlama, type LlamaParams, llamaHidden, llamaSpecs, readout } from './llama.ts';
import { deriveLlamaConfig, type LlamaConfig, type ModelOptions } from './llama-config.ts';
import { cacheSpecs, type LlamaCache, llamaStep } from './llama-decode.ts';

const BATCH = 3;
const VOCABULARY = 19;

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 1 });
});
afterAll(() => device.close());

function configOf(options: ModelOptions): LlamaConfig {
  return deriveLlamaConfig(
    // Large weights, so that attention is far from uniform and logits are far from zero.
    { hiddenSize: 24, heads: 4, layers: 3, intermediateSize: 40, embeddingStd: 1, ...options },
    { vocabSize: VOCABULARY, contextLength: 9 },
  );
}

/** Wavelengths of 6, 20, 63 and 199 tokens: one stays, one is blended, two are slowed. */
const LLAMA3 = {
  kind: 'llama3',
  factor: 4,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalContextLength: 40,
} as const;

const paramsOf = (config: LlamaConfig) => withBiases(initLlama(config, keyFromSeed(5)));

function tokensOf(config: LlamaConfig, name: string): Int32Array {
  const key = foldIn(keyFromSeed(6), name);
  return Int32Array.from({ length: BATCH * config.contextLength }, (_, i) =>
    randomInt(foldIn(key, i), VOCABULARY),
  );
}

/** Logits `[batch, time, vocabSize]` in one pass. */
async function forwardLogits(config: LlamaConfig, tokens: Int32Array) {
  const shape = [BATCH, config.contextLength];
  const program = await device.compile({
    states: { params: llamaSpecs(config) },
    inputs: { tokens: spec('int32', shape) },
    build: ({ params }, inputs) => {
      const hidden = llamaHidden(params, config, inputs.tokens);
      const logits = matmul(hidden, readout(params), { transposeB: true });
      return { outputs: { logits: reshape(logits, [...shape, VOCABULARY]) } };
    },
  });
  const params = await device.createState<LlamaParams<ArraySpec>>(paramsOf(config));
  const { logits } = await program
    .run({ params }, { tokens: arrayOf('int32', shape, tokens) })
    .read();
  return logits.data as Float32Array;
}

/** Feeds a sequence through a cache; logits in the layout of `forwardLogits`. */
async function decodedLogits(config: LlamaConfig, sequence: Int32Array) {
  const cacheTree = cacheSpecs(config, { batch: BATCH, capacity: config.contextLength });
  const program = await device.compile({
    states: { params: llamaSpecs(config), cache: cacheTree },
    inputs: { tokens: spec('int32', [BATCH]) },
    build: ({ params, cache }, { tokens }) => {
      const { hidden, state } = llamaStep(params, config, cache, tokens);
      const logits = matmul(hidden, readout(params), { transposeB: true });
      return { outputs: { logits }, updates: { cache: state } };
    },
  });
  const params = await device.createState<LlamaParams<ArraySpec>>(paramsOf(config));
  const cache = await device.createState<LlamaCache<ArraySpec>>(cacheTree);
  const time = config.contextLength;
  const out = new Float32Array(BATCH * time * VOCABULARY);
  for (let t = 0; t < time; t++) {
    const column = Int32Array.from({ length: BATCH }, (_, row) => sequence[row * time + t]!);
    const tokens = arrayOf('int32', [BATCH], column);
    const { logits } = await program.run({ params, cache }, { tokens }).read();
    expect(logits.shape).toEqual([BATCH, VOCABULARY]);
    for (let row = 0; row < BATCH; row++) {
      const values = logits.data.subarray(row * VOCABULARY, (row + 1) * VOCABULARY);
      out.set(values as Float32Array, (row * time + t) * VOCABULARY);
    }
  }
  return out;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

describe('llamaStep', () => {
  it.each<[string, ModelOptions]>([
    ['as many key heads as query heads', {}],
    ['two query heads a key head', { kvHeads: 2 }],
    ['one key head', { kvHeads: 1 }],
    ['a tied read-out', { tieEmbeddings: true }],
    ['all biases', { attentionBias: 'qkvo', mlpBias: true }],
    ['biases as in Qwen 2, wide heads', { attentionBias: 'qkv', headDim: 10, kvHeads: 2 }],
    ['narrow heads', { headDim: 4 }],
    ['linear scaling', { ropeBase: 100, ropeScaling: { kind: 'linear', factor: 3 } }],
    ['scaling of Llama 3', { ropeBase: 100, headDim: 8, ropeScaling: LLAMA3 }],
    ['grouped and tied', { kvHeads: 2, tieEmbeddings: true, ropeBase: 100 }],
  ])('gives the logits of the forward pass at every position: %s', async (_, options) => {
    const config = configOf(options);
    const tokens = tokensOf(config, 'first');
    const expected = await forwardLogits(config, tokens);
    const decoded = await decodedLogits(config, tokens);
    expect(Math.max(...expected)).toBeGreaterThan(3);
    expect(largestDifference(decoded, expected)).toBeLessThan(1e-4);
  });
});

describe('cacheSpecs', () => {
  it('has keys and values of every layer', () => {
    const config = configOf({ kvHeads: 2 });
    const leaf = spec('float32', [5, 2, 9, 6]);
    expect(cacheSpecs(config, { batch: 5, capacity: 9 })).toEqual({
      position: spec('int32', []),
      layers: Array(3).fill({ keys: leaf, values: leaf }),
    });
  });
});
