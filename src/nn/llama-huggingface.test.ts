// Hugging Face's config.json and tensor names, there and back, and what is refused.
import { describe, expect, it } from 'vitest';
import { arrayOf, keyFromSeed, type NdArray, UserError, zeros } from '../core/index.ts';
import { initLlama } from './llama.ts';
import { deriveLlamaConfig, type LlamaConfig, type ModelOptions } from './llama-config.ts';
import {
  llamaConfigFromJson,
  llamaConfigJson,
  llamaFromTensors,
  llamaTensors,
} from './llama-huggingface.ts';

const SOURCE = 'models/small/config.json';

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
  ])('reads back what was written: %o', (options) => {
    const config = configOf(options);
    const text = JSON.stringify(llamaConfigJson(config));
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
      ropeBase: 10_000,
      rmsNormEpsilon: 1e-6,
      tieEmbeddings: false,
      attentionDropout: 0,
      embeddingStd: 0.02,
    });
  });

  it('reads the rotary base of transformers 4 and of 5', () => {
    const { rope_theta: _, rope_parameters: __, ...rest } = llamaConfigJson(configOf());
    const read = (extra: object) => llamaConfigFromJson({ ...rest, ...extra }, SOURCE).ropeBase;
    expect(read({ rope_theta: 7 })).toBe(7);
    expect(read({ rope_parameters: { rope_type: 'default', rope_theta: 8 } })).toBe(8);
    expect(read({ rope_scaling: { type: 'default' }, rope_theta: 9 })).toBe(9);
  });

  it.each([
    [{ architectures: ['MistralForCausalLM'] }, 'MistralForCausalLM'],
    [{ architectures: undefined, model_type: 'gpt2' }, '"gpt2"'],
    [{ attention_bias: true }, 'attention_bias'],
    [{ mlp_bias: true }, 'mlp_bias'],
    [{ hidden_act: 'gelu' }, '"gelu"'],
    [{ rope_scaling: { rope_type: 'llama3', factor: 8 } }, '"llama3"'],
    [{ rope_scaling: { type: 'linear', factor: 2 } }, '"linear"'],
    [{ rope_parameters: { rope_type: 'yarn', rope_theta: 1e4 } }, '"yarn"'],
    [{ rope_parameters: { partial_rotary_factor: 0.5 } }, 'partial_rotary_factor'],
    [{ head_dim: 16 }, 'head_dim 16'],
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

describe('llamaTensors and llamaFromTensors', () => {
  const config = configOf({ kvHeads: 1 });
  const params = initLlama(config, keyFromSeed(1));
  const tied = configOf({ kvHeads: 1, tieEmbeddings: true });
  const tiedParams = initLlama(tied, keyFromSeed(1));

  it("uses Hugging Face's names and layout", () => {
    const shapes = Object.entries(llamaTensors(params)).map(([name, { shape }]) => [name, shape]);
    const layer = (i: number) => [
      [`model.layers.${i}.self_attn.q_proj.weight`, [8, 8]],
      [`model.layers.${i}.self_attn.k_proj.weight`, [4, 8]],
      [`model.layers.${i}.self_attn.v_proj.weight`, [4, 8]],
      [`model.layers.${i}.self_attn.o_proj.weight`, [8, 8]],
      [`model.layers.${i}.mlp.gate_proj.weight`, [12, 8]],
      [`model.layers.${i}.mlp.up_proj.weight`, [12, 8]],
      [`model.layers.${i}.mlp.down_proj.weight`, [8, 12]],
      [`model.layers.${i}.input_layernorm.weight`, [8]],
      [`model.layers.${i}.post_attention_layernorm.weight`, [8]],
    ];
    expect(shapes).toEqual([
      ['model.embed_tokens.weight', [11, 8]],
      ...layer(0),
      ...layer(1),
      ['model.norm.weight', [8]],
      ['lm_head.weight', [11, 8]],
    ]);
    expect(Object.keys(llamaTensors(tiedParams))).not.toContain('lm_head.weight');
  });

  it('gives the parameters back', () => {
    expect(llamaFromTensors(config, llamaTensors(params), 'file')).toEqual(params);
    expect(llamaFromTensors(tied, llamaTensors(tiedParams), 'file')).toEqual(tiedParams);
  });

  it('converts float64, and ignores the rotary frequencies of old checkpoints', () => {
    const tensors = {
      ...llamaTensors(params),
      'model.norm.weight': arrayOf('float64', [8], new Float64Array(8).fill(0.1)),
      'model.layers.0.self_attn.rotary_emb.inv_freq': zeros('float32', [2]),
    };
    const { weight } = llamaFromTensors(config, tensors, 'file').model.norm;
    expect(weight).toEqual(arrayOf('float32', [8], new Float32Array(8).fill(0.1)));
  });

  it('takes the read-out of a tied model only if it is the embedding', () => {
    const tensors = llamaTensors(tiedParams);
    const copy = (change: number): NdArray => {
      const data = (tensors['model.embed_tokens.weight']!.data as Float32Array).slice();
      data[5]! += change;
      return { dtype: 'float32', shape: [11, 8], data };
    };
    const read = (readout: NdArray) =>
      llamaFromTensors(tied, { ...tensors, 'lm_head.weight': readout }, 'file');
    expect(read(copy(0))).toEqual(tiedParams);
    expect(refusal(() => read(copy(1))).message).toContain("differs from 'model.embed_tokens");
  });

  it('names a missing tensor, a wrong shape and a tensor without a place', () => {
    const all = llamaTensors(params);
    const { 'model.norm.weight': _, ...missing } = all;
    expect(refusal(() => llamaFromTensors(config, missing, 'a.safetensors')).message).toBe(
      "a.safetensors: the tensor 'model.norm.weight' [8] is missing",
    );
    const misshaped = { ...all, 'lm_head.weight': zeros('float32', [12, 8]) };
    expect(refusal(() => llamaFromTensors(config, misshaped, 'a.safetensors')).message).toBe(
      "a.safetensors: the tensor 'lm_head.weight' has shape [12, 8], the configuration needs [11, 8]",
    );
    const extra = { ...all, 'model.layers.0.self_attn.q_proj.bias': zeros('float32', [8]) };
    expect(refusal(() => llamaFromTensors(config, extra, 'a.safetensors')).message).toBe(
      "a.safetensors: the tensor 'model.layers.0.self_attn.q_proj.bias' [8] has no place in the model",
    );
    const whole = { ...all, 'model.norm.weight': zeros('int32', [8]) };
    expect(refusal(() => llamaFromTensors(config, whole, 'a.safetensors')).message).toContain(
      'int32',
    );
  });

  it('counts the other mismatches', () => {
    const error = refusal(() => llamaFromTensors(configOf(), llamaTensors(params), 'file'));
    expect(error.message).toContain("'model.layers.0.self_attn.k_proj.weight'");
    expect(error.message).toContain('(and 3 more that do not fit)');
  });
});
