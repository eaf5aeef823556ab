import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { numbers } from '../../../../test/support/evaluate.ts';
import {
  type ArraySpec,
  arrayOf,
  flattenTree,
  isArraySpec,
  isNdArray,
  keyFromSeed,
  mapTree,
  type NdArray,
  standardDeviation,
  type Tree,
} from '../../../core/index.ts';
import { createGraph, input } from '../../../tensor/graph.ts';
import { type Device, openDevice, type Tensor } from '../../../tensor/index.ts';
import type { AttentionAttributes } from '../../../tensor/operations/attention-parts.ts';
import { initLlama, type LlamaParams, llamaLosses, llamaSpecs } from './llama.ts';
import { deriveLlamaConfig, MODEL_SIZES, type ModelOptions } from './llama-config.ts';

const leaves = (tree: unknown) => new Map(flattenTree<NdArray>(tree as Tree<NdArray>, isNdArray));

describe('sizes', () => {
  const sizes = { vocabSize: 100, contextLength: 32 };

  test('follow from the depth', () => {
    for (const [size, depth] of Object.entries(MODEL_SIZES)) {
      const config = deriveLlamaConfig({ size: size as keyof typeof MODEL_SIZES }, sizes);
      expect([config.layers, config.hiddenSize, config.heads, config.kvHeads]).toEqual([
        depth,
        64 * depth,
        depth,
        depth,
      ]);
      expect(config.intermediateSize % 64).toBe(0);
      expect(config.intermediateSize).toBeGreaterThanOrEqual((8 * config.hiddenSize) / 3);
      expect(config.intermediateSize).toBeLessThan((8 * config.hiddenSize) / 3 + 64);
    }
    expect(deriveLlamaConfig({}, sizes)).toEqual(deriveLlamaConfig({ size: 'nano' }, sizes));
    expect(deriveLlamaConfig({ hiddenSize: 128 }, sizes).intermediateSize).toBe(384);
  });

  test.each<[ModelOptions, string]>([
    [{ hiddenSize: 64, heads: 3 }, 'hiddenSize 64 does not divide into 3 heads'],
    [{ hiddenSize: 6, heads: 2 }, 'heads of an even size'],
    [{ hiddenSize: 64, heads: 4, kvHeads: 3 }, '4 heads do not divide into kvHeads 3'],
  ])('%j is refused', (options, message) => {
    expect(() => deriveLlamaConfig(options, sizes)).toThrow(message);
  });
});

describe('initial parameters', () => {
  const config = deriveLlamaConfig(
    { hiddenSize: 64, layers: 3, heads: 4, kvHeads: 2, intermediateSize: 96 },
    { vocabSize: 200, contextLength: 16 },
  );

  test('have the shapes of the specs, and their spread', () => {
    const params = leaves(initLlama(config, keyFromSeed(1)));
    const shapesOf = (list: Iterable<readonly [string, ArraySpec]>) =>
      [...list].map(([path, { dtype, shape }]) => [path, dtype, shape]);
    expect(shapesOf(params)).toEqual(
      shapesOf(flattenTree<ArraySpec>(llamaSpecs(config), isArraySpec)),
    );
    const std = (path: string) => standardDeviation(params.get(path)!.data as Float32Array);
    const near = (path: string, expected: number) =>
      expect(std(path) / expected, path).toBeCloseTo(1, 1);
    near('model.embed_tokens.weight', 0.02);
    near('lm_head.weight', 0.02);
    near('model.layers.1.self_attn.q_proj.weight', 64 ** -0.5);
    near('model.layers.1.self_attn.o_proj.weight', 64 ** -0.5 / Math.sqrt(6));
    near('model.layers.1.mlp.down_proj.weight', 96 ** -0.5 / Math.sqrt(6));
    expect(params.get('model.layers.1.self_attn.k_proj.weight')!.shape).toEqual([32, 64]);
    expect(params.get('model.norm.weight')!.data).toEqual(new Float32Array(64).fill(1));
  });

  test('depend on the key and their own name only', () => {
    const params = leaves(initLlama(config, keyFromSeed(1)));
    const deeper = leaves(initLlama({ ...config, vocabSize: 300 }, keyFromSeed(1)));
    const other = leaves(initLlama(config, keyFromSeed(2)));
    const path = 'model.layers.2.mlp.up_proj.weight';
    expect(deeper.get(path)).toEqual(params.get(path));
    expect(other.get(path)).not.toEqual(params.get(path));
    const seen = new Set([...params.values()].map(({ data }) => data.slice(0, 4).join()));
    // All norms are alike, nothing else is.
    expect(seen.size).toBe(params.size - 7 + 1);
  });

  test('have no read-out of their own where it is tied', () => {
    const tied = leaves(initLlama({ ...config, tieEmbeddings: true }, keyFromSeed(1)));
    expect(tied.has('lm_head.weight')).toBe(false);
  });
});

describe('losses', () => {
  const config = deriveLlamaConfig(
    { hiddenSize: 16, layers: 2, heads: 2, embeddingStd: 0.5 },
    { vocabSize: 20, contextLength: 8 },
  );
  const ids = (seed: number) =>
    arrayOf(
      'int32',
      [3, 8],
      Array.from({ length: 24 }, (_, i) => (i * i * seed + 3 * i) % 20),
    );
  const targets = ids(7);
  let device: Device;
  beforeAll(() => {
    device = openDevice({ threads: 1 });
  });
  afterAll(() => device.close());

  type Options = Parameters<typeof llamaLosses>[4];

  async function losses(tokens: NdArray, options: Options = {}) {
    const program = await device.compile({
      states: { params: llamaSpecs(config) },
      inputs: { tokens, targets },
      build: ({ params }, x) => ({
        outputs: llamaLosses(params as LlamaParams<Tensor>, config, x.tokens, x.targets, options),
      }),
    });
    const params = await device.createState<LlamaParams<ArraySpec>>(
      initLlama(config, keyFromSeed(3)),
    );
    return program.run({ params }, { tokens, targets }).read();
  }

  test('from a first position on are the last of all', async () => {
    const all = await losses(ids(5));
    const some = await losses(ids(5), { firstPosition: 3 });
    expect([all.losses.shape, some.losses.shape, some.predictions.shape]).toEqual([
      [3, 8],
      [3, 5],
      [3, 5],
    ]);
    const tail = (x: NdArray) => numbers(x).filter((_, i) => i % 8 >= 3);
    expect(numbers(some.losses)).toEqual(tail(all.losses).map((v) => expect.closeTo(v, 5)));
    expect(numbers(some.predictions)).toEqual(tail(all.predictions));
  });

  test('do not depend on later tokens, but on earlier ones', async () => {
    const tokens = ids(5);
    const changed = { ...tokens, data: tokens.data.slice() };
    // Token 4 of the second sequence.
    changed.data[12] = 19 - (tokens.data[12] as number);
    const before = numbers((await losses(tokens)).losses);
    const after = numbers((await losses(changed)).losses);
    const differs = before.map((v, i) => Math.abs(v - after[i]!) > 1e-5);
    expect(differs).toEqual(before.map((_, i) => i >= 12 && i < 16));
  });

  test('every layer draws dropout of its own', () => {
    const graph = createGraph();
    const declared = mapTree<ArraySpec, Tensor>(
      llamaSpecs(config) as unknown as Tree<ArraySpec>,
      isArraySpec,
      (leaf, path) => input(graph, path, leaf),
    );
    const dropout = { ...config, attentionDropout: 0.1 };
    const [tokens, wanted] = [input(graph, 'tokens', targets), input(graph, 'targets', targets)];
    const dropoutKey = input(graph, 'key', { dtype: 'int32', shape: [2] });
    const params = declared as unknown as LlamaParams<Tensor>;
    llamaLosses(params, dropout, tokens, wanted, { dropoutKey });
    const streams = (nodes: typeof graph.nodes) =>
      nodes.flatMap(({ attributes }) => {
        const { dropout } = attributes as Partial<AttentionAttributes>;
        return dropout ? [dropout.stream] : [];
      });
    expect(streams(graph.nodes).length).toBe(2);
    expect(new Set(streams(graph.nodes)).size).toBe(2);
    // Without a key, nothing is dropped.
    const count = graph.nodes.length;
    llamaLosses(params, dropout, tokens, wanted);
    expect(streams(graph.nodes.slice(count))).toEqual([]);
  });
});
