// The Llama forward pass against plain loops written from its definition (Touvron et al. 2023), over
// tensors by Hugging Face's names in Hugging Face's layout: rotate-half positions, [out, in] projections.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArraySpec, arrayOf, keyFromSeed, type NdArray, spec } from '../../src/core/index.ts';
import {
  deriveLlamaConfig,
  initLlama,
  type LlamaParams,
  llamaConfigJson,
  llamaHidden,
  llamaSpecs,
  type ModelOptions,
  namedTensors,
  readout,
} from '../../src/nn/index.ts';
import { type Device, matmul, openDevice } from '../../src/tensor/index.ts';
import { withBiases } from '../support/random-biases.ts';

type Vector = number[];
type Tensors = Readonly<Record<string, NdArray>>;

/** The sizes of a config.json that the forward pass needs. */
type HuggingFaceSizes = {
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads: number;
  head_dim: number;
  rms_norm_eps: number;
  rope_theta: number;
  rope_scaling: null | {
    rope_type: string;
    factor: number;
    low_freq_factor: number;
    high_freq_factor: number;
    original_max_position_embeddings: number;
  };
};

/** A frequency as `_compute_llama3_parameters` and its linear counterpart in transformers define it. */
function scaled(frequency: number, rope: HuggingFaceSizes['rope_scaling']): number {
  if (rope === null) return frequency;
  if (rope.rope_type === 'linear') return frequency / rope.factor;
  const { factor, low_freq_factor: low, high_freq_factor: high } = rope;
  const turns = (rope.original_max_position_embeddings * frequency) / (2 * Math.PI);
  if (turns < low) return frequency / factor;
  if (turns > high) return frequency;
  const smooth = (turns - low) / (high - low);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

const dot = (a: Vector, b: Vector) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

function referenceLogits(sizes: HuggingFaceSizes, tensors: Tensors, tokens: number[]): Vector[] {
  const rows = (name: string, kind = 'weight'): Vector[] => {
    const { shape, data } = tensors[`${name}.${kind}`]!;
    const width = shape.at(-1)!;
    return Array.from({ length: data.length / width }, (_, i) =>
      Array.from(data.subarray(i * width, (i + 1) * width) as Float32Array),
    );
  };
  const linear = (name: string, x: Vector) => {
    const bias = `${name}.bias` in tensors ? rows(name, 'bias')[0]! : [];
    return rows(name).map((row, i) => dot(row, x) + (bias[i] ?? 0));
  };
  const norm = (name: string, x: Vector) => {
    const scale = 1 / Math.sqrt(dot(x, x) / x.length + sizes.rms_norm_eps);
    return x.map((value, i) => value * scale * rows(name)[0]![i]!);
  };
  const add = (a: Vector, b: Vector) => a.map((x, i) => x + b[i]!);
  const size = sizes.head_dim;
  const turn = (x: Vector, position: number) =>
    x.map((value, i) => {
      const pair = i % (size / 2);
      const angle = position * scaled(sizes.rope_theta ** ((-2 * pair) / size), sizes.rope_scaling);
      const rotated = i < size / 2 ? -x[i + size / 2]! : x[i - size / 2]!;
      return value * Math.cos(angle) + rotated * Math.sin(angle);
    });
  const head = (x: Vector, index: number) => x.slice(index * size, (index + 1) * size);

  const embedding = rows('model.embed_tokens');
  let states = tokens.map((token) => embedding[token]!);
  for (let layer = 0; layer < sizes.num_hidden_layers; layer++) {
    const at = `model.layers.${layer}`;
    const normed = states.map((x) => norm(`${at}.input_layernorm`, x));
    const [q, k, v] = ['q', 'k', 'v'].map((p) =>
      normed.map((x) => linear(`${at}.self_attn.${p}_proj`, x)),
    ) as [Vector[], Vector[], Vector[]];
    const group = sizes.num_attention_heads / sizes.num_key_value_heads;
    states = states.map((x, t) => {
      const heads = Array.from({ length: sizes.num_attention_heads }, (_, h) => {
        const shared = Math.floor(h / group);
        const query = turn(head(q[t]!, h), t);
        const weights = Array.from({ length: t + 1 }, (_, s) =>
          Math.exp(dot(query, turn(head(k[s]!, shared), s)) / Math.sqrt(size)),
        );
        const total = weights.reduce((a, b) => a + b);
        return Array.from({ length: size }, (_, i) =>
          weights.reduce((sum, w, s) => sum + (w / total) * head(v[s]!, shared)[i]!, 0),
        );
      });
      return add(x, linear(`${at}.self_attn.o_proj`, heads.flat()));
    });
    states = states.map((x) => {
      const inner = norm(`${at}.post_attention_layernorm`, x);
      const up = linear(`${at}.mlp.up_proj`, inner);
      const gated = linear(`${at}.mlp.gate_proj`, inner).map(
        (g, i) => (g / (1 + Math.exp(-g))) * up[i]!,
      );
      return add(x, linear(`${at}.mlp.down_proj`, gated));
    });
  }
  const name = 'lm_head.weight' in tensors ? 'lm_head' : 'model.embed_tokens';
  return states.map((x) => linear(name, norm('model.norm', x)));
}

/** Wavelengths of 6, 20, 63 and 199 tokens: one stays, one is blended, two are slowed. */
const LLAMA3 = {
  kind: 'llama3',
  factor: 4,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalContextLength: 40,
} as const;

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 1 });
});
afterAll(() => device.close());

describe('the Llama decoder', () => {
  it.each<[string, ModelOptions]>([
    ['plain', {}],
    ['grouped queries', { kvHeads: 2, ropeBase: 50 }],
    ['tied, with a large epsilon', { tieEmbeddings: true, rmsNormEpsilon: 0.1 }],
    ['all biases', { attentionBias: 'qkvo', mlpBias: true }],
    ['wide heads', { headDim: 10 }],
    ['a Mistral', { modelType: 'mistral', heads: 5, headDim: 4 }],
    ['a Qwen 2', { attentionBias: 'qkv', headDim: 4, kvHeads: 2 }],
    ['linear scaling', { ropeBase: 50, ropeScaling: { kind: 'linear', factor: 3 } }],
    ['scaling of Llama 3', { ropeBase: 100, headDim: 8, ropeScaling: LLAMA3 }],
  ])('computes what its tensors mean in Hugging Face’s layout: %s', async (_, options) => {
    const config = deriveLlamaConfig(
      { hiddenSize: 24, heads: 4, layers: 2, intermediateSize: 40, embeddingStd: 1, ...options },
      { vocabSize: 17, contextLength: 7 },
    );
    const params = withBiases(initLlama(config, keyFromSeed(3)));
    const tokens = [4, 16, 0, 9, 9, 2, 11];
    const json = llamaConfigJson(config) as HuggingFaceSizes;
    const expected = referenceLogits(json, namedTensors(params), tokens).flat();

    const program = await device.compile({
      states: { params: llamaSpecs(config) },
      inputs: { tokens: spec('int32', [1, 7]) },
      build: (states, inputs) => {
        const hidden = llamaHidden(states.params, config, inputs.tokens);
        const logits = matmul(hidden, readout(states.params), { transposeB: true });
        return { outputs: { logits } };
      },
    });
    const state = await device.createState<LlamaParams<ArraySpec>>(params);
    const { logits } = await program
      .run({ params: state }, { tokens: arrayOf('int32', [1, 7], tokens) })
      .read();
    const differences = Array.from(logits.data as Float32Array, (x, i) =>
      Math.abs(x - expected[i]!),
    );
    expect(differences).toHaveLength(7 * 17);
    expect(Math.max(...differences)).toBeLessThan(1e-4);
    expect(Math.max(...expected)).toBeGreaterThan(3);
  });
});
