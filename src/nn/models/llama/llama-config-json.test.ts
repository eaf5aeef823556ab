// config.json of Llama, Mistral and Qwen 2, there and back, and what is refused.
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../core/index.ts';
import {
  deriveLlamaConfig,
  LLAMA_LIMITS,
  type LlamaConfig,
  type ModelOptions,
} from './llama-config.ts';
import { llamaConfigFromJson, llamaConfigJson, llamaConfigText } from './llama-config-json.ts';

const SOURCE = 'models/small/config.json';

const LLAMA3 = {
  kind: 'llama3',
  factor: 8,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalContextLength: 8192,
} as const;

const llama3Json = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
const noRope = { rope_theta: undefined, rope_scaling: undefined, rope_parameters: undefined };
const mistral = { architectures: ['MistralForCausalLM'], model_type: 'mistral' };
const qwen = { architectures: ['Qwen2ForCausalLM'], model_type: 'qwen2' };

function configOf(options: ModelOptions = {}): LlamaConfig {
  return deriveLlamaConfig(
    { hiddenSize: 8, heads: 2, layers: 2, intermediateSize: 12, ...options },
    { vocabSize: 11, contextLength: 16 },
  );
}

function refusal(action: () => unknown): UserError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error('nothing was thrown');
}

describe('llamaConfigJson', () => {
  it('writes what transformers reads', () => {
    const config = configOf({ kvHeads: 1, ropeBase: 500, rmsNormEpsilon: 1e-6 });
    expect(llamaConfigJson(config, { bosTokenId: 0, eosTokenId: 10 })).toEqual({
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      vocab_size: 11,
      max_position_embeddings: 16,
      hidden_size: 8,
      intermediate_size: 12,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      num_key_value_heads: 1,
      head_dim: 4,
      hidden_act: 'silu',
      attention_bias: false,
      mlp_bias: false,
      attention_dropout: 0,
      rms_norm_eps: 1e-6,
      rope_theta: 500,
      rope_scaling: null,
      rope_parameters: { rope_type: 'default', rope_theta: 500 },
      initializer_range: 0.02,
      tie_word_embeddings: false,
      bos_token_id: 0,
      eos_token_id: 10,
      torch_dtype: 'float32',
      use_cache: true,
    });
  });

  it('writes scaled positions for transformers 4 and 5', () => {
    const json = llamaConfigJson(configOf({ ropeBase: 500, ropeScaling: LLAMA3 }));
    const scaling = { ...llama3Json, original_max_position_embeddings: 8192 };
    expect(json).toMatchObject({
      rope_theta: 500,
      rope_scaling: scaling,
      rope_parameters: { ...scaling, rope_theta: 500 },
    });
    const linear = llamaConfigJson(configOf({ ropeScaling: { kind: 'linear', factor: 2 } }));
    expect(linear.rope_scaling).toEqual({ rope_type: 'linear', factor: 2 });
  });

  it('writes the biases under the name that has them, and says that nothing slides', () => {
    const llama = llamaConfigJson(configOf({ attentionBias: 'qkvo', mlpBias: true }));
    expect(llama).toMatchObject({ model_type: 'llama', attention_bias: true, mlp_bias: true });
    const qwen2 = llamaConfigJson(configOf({ attentionBias: 'qkv' }));
    expect(qwen2).toMatchObject({ ...qwen, sliding_window: null, use_sliding_window: false });
    expect(qwen2).not.toHaveProperty('attention_bias');
    const found = llamaConfigJson(configOf({ modelType: 'mistral' }));
    expect(found).toMatchObject({ ...mistral, sliding_window: null });
  });

  it('writes floats as such, because transformers refuses an int for one', () => {
    const ropeScaling = { ...LLAMA3, factor: 8.5 };
    const text = llamaConfigText(configOf({ embeddingStd: 1, rmsNormEpsilon: 2, ropeScaling }));
    expect(text).toMatch(/^ {2}"initializer_range": 1\.0,$/m);
    expect(text).toMatch(/^ {2}"rms_norm_eps": 2\.0,$/m);
    expect(text.match(/^ {4}"factor": 8\.5,$/gm)).toHaveLength(2);
    expect(text.match(/^ {4}"(low|high)_freq_factor": [14]\.0,$/gm)).toHaveLength(4);
    expect(text).toMatch(/^ {2}"hidden_size": 8,$/m);
    const wide = llamaConfigJson(configOf({ embeddingStd: 30 }));
    expect(wide).toMatchObject({ initializer_range: 1, embedding_std: 30 });
  });

  it('says that there are no special tokens, rather than leave transformers its defaults', () => {
    const json = llamaConfigJson(configOf());
    expect(json).toMatchObject({ bos_token_id: null, eos_token_id: null });
  });
});

describe('llamaConfigFromJson', () => {
  it.each([
    {},
    { kvHeads: 1, tieEmbeddings: true },
    { ropeBase: 1e6, rmsNormEpsilon: 1e-3, attentionDropout: 0.1, embeddingStd: 0.5 },
    { headDim: 6 },
    { attentionBias: 'qkvo', mlpBias: true },
    { attentionBias: 'qkv', headDim: 2 },
    { embeddingStd: 1, rmsNormEpsilon: 1 },
    { embeddingStd: 30 },
    { modelType: 'mistral', kvHeads: 1 },
    { modelType: 'mistral', heads: 3, headDim: 2 },
    { ropeScaling: { kind: 'linear', factor: 2.5 }, ropeBase: 500 },
    { ropeScaling: LLAMA3, attentionBias: 'qkv' },
  ] satisfies ModelOptions[])('reads back what was written: %o', (options) => {
    const config = configOf(options);
    const text = llamaConfigText(config);
    expect(JSON.parse(text)).toEqual(llamaConfigJson(config));
    expect(llamaConfigFromJson(JSON.parse(text), SOURCE)).toEqual(config);
  });

  it("fills gaps with transformers' defaults", () => {
    const json = {
      model_type: 'llama',
      vocab_size: 32000,
      hidden_size: 64,
      intermediate_size: 172,
      num_hidden_layers: 5,
      num_attention_heads: 8,
    };
    expect(llamaConfigFromJson(json, SOURCE)).toEqual({
      vocabSize: 32000,
      contextLength: 2048,
      hiddenSize: 64,
      intermediateSize: 172,
      layers: 5,
      heads: 8,
      kvHeads: 8,
      headDim: 8,
      attentionBias: 'none',
      mlpBias: false,
      ropeBase: 10_000,
      ropeScaling: null,
      rmsNormEpsilon: 1e-6,
      tieEmbeddings: false,
      attentionDropout: 0,
      embeddingStd: 0.02,
      modelType: 'llama',
    });
  });

  it("fills gaps with transformers' defaults of Mistral and Qwen 2", () => {
    const sizes = {
      vocab_size: 32000,
      hidden_size: 128,
      intermediate_size: 172,
      num_hidden_layers: 5,
      num_attention_heads: 32,
    };
    const read = (json: object) => llamaConfigFromJson({ ...sizes, ...json }, SOURCE);
    expect(read({ model_type: 'mistral' })).toMatchObject({
      kvHeads: 8,
      contextLength: 4096,
      attentionBias: 'none',
      modelType: 'mistral',
    });
    expect(read({ model_type: 'qwen2' })).toMatchObject({
      kvHeads: 32,
      contextLength: 32_768,
      attentionBias: 'qkv',
      modelType: 'qwen2',
    });
    expect(read({ model_type: 'mistral', num_key_value_heads: null }).kvHeads).toBe(32);
    expect(read({ architectures: ['Qwen2ForCausalLM'] }).modelType).toBe('qwen2');
  });

  it('takes the window of sliding attention for the context: within it, nothing slides', () => {
    const mistral = llamaConfigJson(configOf({ modelType: 'mistral' }));
    const qwen = llamaConfigJson(configOf({ attentionBias: 'qkv' }));
    const context = (json: object, changes: object) =>
      llamaConfigFromJson({ ...json, ...changes }, SOURCE).contextLength;
    expect(context(mistral, { sliding_window: null })).toBe(16);
    expect(context(mistral, { sliding_window: 16 })).toBe(16);
    expect(context(mistral, { sliding_window: 20 })).toBe(16);
    expect(context(mistral, { sliding_window: 5 })).toBe(5);
    expect(context(qwen, { sliding_window: 5 })).toBe(16);
    const slides = { sliding_window: 5, use_sliding_window: true };
    expect(context(qwen, slides)).toBe(16); // The first 28 layers do not, and there are two.
    expect(context(qwen, { ...slides, max_window_layers: 2 })).toBe(16);
    expect(context(qwen, { ...slides, max_window_layers: 1 })).toBe(5);
    const types = ['full_attention', 'sliding_attention'];
    expect(context(qwen, { ...slides, layer_types: types })).toBe(5);
    expect(context(qwen, { ...slides, max_window_layers: 0, layer_types: [types[0]] })).toBe(16);
  });

  it('reads scaled positions in the keys of transformers 4 and of 5', () => {
    const {
      rope_theta: _,
      rope_scaling: __,
      rope_parameters: ___,
      ...rest
    } = llamaConfigJson(configOf());
    const read = (extra: object) => llamaConfigFromJson({ ...rest, ...extra }, SOURCE);
    const linear = { kind: 'linear', factor: 4 };
    expect(read({ rope_scaling: { type: 'linear', factor: 4 } }).ropeScaling).toEqual(linear);
    expect(read({ rope_scaling: { rope_type: 'linear', factor: 4 } }).ropeScaling).toEqual(linear);
    const found = read({ rope_parameters: { rope_type: 'linear', factor: 4, rope_theta: 7 } });
    expect(found).toMatchObject({ ropeScaling: linear, ropeBase: 7 });
    const llama3 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
    const original = { original_max_position_embeddings: 10 };
    const expected = { ...LLAMA3, originalContextLength: 10 };
    expect(read({ rope_scaling: { ...llama3, ...original } }).ropeScaling).toEqual(expected);
    expect(read({ rope_parameters: { ...llama3, ...original } }).ropeScaling).toEqual(expected);
    expect(read({ rope_parameters: llama3, ...original }).ropeScaling).toEqual(expected);
    // transformers takes the context where the original one is not said.
    expect(read({ rope_parameters: llama3 }).ropeScaling).toEqual({
      ...LLAMA3,
      originalContextLength: 16,
    });
  });

  it('reads the rotary base of transformers 4 and of 5', () => {
    const { rope_theta: _, rope_parameters: __, ...rest } = llamaConfigJson(configOf());
    const read = (extra: object) => llamaConfigFromJson({ ...rest, ...extra }, SOURCE).ropeBase;
    expect(read({ rope_theta: 7, rope_parameters: { rope_theta: 7 } })).toBe(7);
    expect(read({ rope_theta: 7 })).toBe(7);
    expect(read({ rope_parameters: { rope_type: 'default', rope_theta: 8 } })).toBe(8);
    expect(read({ rope_scaling: { type: 'default' }, rope_theta: 9 })).toBe(9);
  });

  it.each([
    [
      { architectures: ['PhiForCausalLM'] },
      'the model is "PhiForCausalLM"; known are LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM',
    ],
    [{ architectures: undefined, model_type: 'gpt2' }, 'model_type "gpt2"; known are'],
    [{ architectures: ['MistralForCausalLM'] }, 'model_type "llama" contradicts the architecture'],
    [{ model_type: 'qwen2' }, 'model_type "qwen2" contradicts the architecture LlamaForCausalLM'],
    [{ attention_bias: 'no' }, 'attention_bias must be true or false, got "no"'],
    [{ mlp_bias: 1 }, 'mlp_bias must be true or false'],
    [{ tie_word_embeddings: 'yes' }, 'tie_word_embeddings must be true or false'],
    [{ hidden_act: 'gelu' }, '"gelu"'],
    [{ ...noRope, rope_scaling: { rope_type: 'llama3', factor: 8 } }, 'low_freq_factor must be'],
    [
      { ...noRope, rope_scaling: { type: 'linear' } },
      'factor must be a positive number, got nothing',
    ],
    [{ ...noRope, rope_scaling: { type: 'linear', factor: 0.5 } }, 'factor 0.5 is less than 1'],
    [{ ...noRope, rope_scaling: { type: 'linear', factor: '2' } }, 'got "2"'],
    [{ ...noRope, rope_scaling: { factor: 2 } }, 'a factor and no rope_type'],
    [{ ...noRope, rope_scaling: 'linear' }, 'rope_scaling must be an object'],
    [{ ...noRope, rope_scaling: { type: 'dynamic', factor: 2 } }, 'rope_type "dynamic"'],
    [{ ...noRope, rope_parameters: { rope_type: 'yarn' } }, 'known are default, linear, llama3'],
    [{ ...noRope, rope_parameters: { full_attention: { rope_type: 'default' } } }, 'by layer type'],
    [
      { ...noRope, rope_parameters: { ...llama3Json, low_freq_factor: 4, high_freq_factor: 1 } },
      'lowFreqFactor 4 is not less than highFreqFactor 1',
    ],
    [
      { ...noRope, rope_parameters: { ...llama3Json, original_max_position_embeddings: 1.5 } },
      'original_max_position_embeddings must be a positive whole number',
    ],
    [{ rope_theta: 500_000 }, 'rope_theta 500000 contradicts rope_parameters.rope_theta 10000'],
    [
      { rope_scaling: { type: 'linear', rope_type: 'llama3', factor: 2 } },
      'rope_scaling.rope_type "llama3" contradicts rope_scaling.type "linear"',
    ],
    [
      { rope_scaling: { type: 'linear', factor: 2 } },
      'rope_scaling.type "linear" contradicts rope_parameters.rope_type "default"',
    ],
    [{ rope_parameters: { partial_rotary_factor: 0.5 } }, 'partial_rotary_factor'],
    [{ partial_rotary_factor: 0.5 }, 'partial_rotary_factor'],
    [{ head_dim: 15 }, 'headDim 15 is odd'],
    [{ head_dim: 'x' }, 'head_dim must be a positive whole number'],
    [{ ...mistral, sliding_window: 0 }, 'sliding_window must be a positive whole number or null'],
    [{ ...qwen, use_sliding_window: 'no' }, 'use_sliding_window must be true or false'],
    [{ ...qwen, layer_types: ['sliding_attention'] }, 'use_sliding_window is not true'],
    [
      { ...qwen, use_sliding_window: true, sliding_window: 4, layer_types: ['linear_attention'] },
      'layer_types has "linear_attention"',
    ],
    [{ ...qwen, use_sliding_window: true, sliding_window: 4, layer_types: 'all' }, 'a list'],
    [{ quantization_config: { bits: 4 } }, 'quantization_config'],
    [{ hidden_size: '8' }, 'hidden_size'],
    [{ vocab_size: undefined }, 'vocab_size'],
    [{ num_hidden_layers: 0 }, 'num_hidden_layers'],
    [{ rope_parameters: { rope_theta: -1 } }, 'rope_theta'],
    [{ num_key_value_heads: 3 }, 'kvHeads 3'],
    [{ num_hidden_layers: 3_000_000 }, 'layers 3,000,000 is more than 512'],
    [{ max_position_embeddings: 10 ** 9 }, 'contextLength 1,000,000,000'],
    [{ vocab_size: 2 ** 40 }, 'vocabSize'],
    [{ hidden_size: 2 ** 30, head_dim: 2 ** 29 }, 'hiddenSize'],
    [{ intermediate_size: 1e12 }, 'intermediateSize'],
  ])('refuses %o', (change, named) => {
    const error = refusal(() =>
      llamaConfigFromJson({ ...llamaConfigJson(configOf()), ...change }, SOURCE),
    );
    expect(error.message).toContain(SOURCE);
    expect(error.message).toContain(named);
  });

  it.each([null, 'llama', [1]])('refuses what is no object: %o', (json) => {
    expect(refusal(() => llamaConfigFromJson(json, SOURCE)).message).toContain(SOURCE);
  });
});

describe('a config.json that anything has been written into', () => {
  const STRANGE = [
    null,
    -1,
    0,
    0.5,
    1,
    3,
    1e308,
    2 ** 53,
    Number.POSITIVE_INFINITY,
    Number.NaN,
    true,
    false,
    '',
    'x',
    '8',
    'llama3',
    [],
    [1],
    {},
    { rope_type: 'linear', factor: 2 },
    [[]],
    'x'.repeat(1e5),
  ];
  const originals = [
    configOf({ ropeScaling: LLAMA3, attentionBias: 'qkvo' }),
    configOf({ modelType: 'mistral' }),
    configOf({ attentionBias: 'qkv', ropeScaling: { kind: 'linear', factor: 2 } }),
  ].map((config) => ({ modelType: config.modelType, text: llamaConfigText(config) }));
  const places = [[], ['rope_scaling'], ['rope_parameters']];

  it.each(originals)(
    'is a bounded configuration or refused in a sentence: $modelType',
    ({ text }) => {
      const found = { read: 0, refused: 0 };
      for (const place of places) {
        const keys = Object.keys(at(JSON.parse(text), place) ?? {});
        for (const key of [
          ...keys,
          'layer_types',
          'sliding_window',
          'use_sliding_window',
          'type',
        ]) {
          for (const value of STRANGE) {
            const json = JSON.parse(text) as Record<string, unknown>;
            const holder = at(json, place);
            if (holder) holder[key] = value;
            found[outcome(json)]++;
          }
        }
      }
      expect(found.read).toBeGreaterThan(50);
      expect(found.refused).toBeGreaterThan(300);
    },
  );

  function at(json: Record<string, unknown>, place: readonly string[]) {
    return place.reduce<Record<string, unknown> | null>(
      (inner, key) => inner && (inner[key] as Record<string, unknown> | null),
      json,
    );
  }

  function outcome(json: unknown): 'read' | 'refused' {
    try {
      const config = llamaConfigFromJson(json, SOURCE);
      for (const [name, limit] of Object.entries(LLAMA_LIMITS)) {
        const size = config[name as keyof typeof LLAMA_LIMITS];
        expect(Number.isSafeInteger(size) && size >= 1 && size <= limit, name).toBe(true);
      }
      expect(config.ropeBase > 0 && Number.isFinite(config.ropeBase)).toBe(true);
      return 'read';
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      expect(error.message.startsWith(SOURCE)).toBe(true);
      expect(error.message.length).toBeLessThan(400);
      return 'refused';
    }
  }
});
