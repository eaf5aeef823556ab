// Hugging Face's tensor names, there and back, and what is refused.
import { describe, expect, it } from 'vitest';
import { arrayOf, keyFromSeed, type NdArray, UserError, zeros } from '../../../core/index.ts';
import { namedTensors, paramsFromTensors } from '../model-tensors.ts';
import { initLlama, llamaSpecs } from './llama.ts';
import { deriveLlamaConfig, type LlamaConfig, type ModelOptions } from './llama-config.ts';
import { llamaDerivedTensors } from './llama-tensors.ts';

function configOf(options: ModelOptions = {}): LlamaConfig {
  return deriveLlamaConfig(
    { hiddenSize: 8, heads: 2, layers: 2, intermediateSize: 12, ...options },
    { vocabSize: 11, contextLength: 16 },
  );
}

/** Parameters of a configuration from tensors. */
const llamaFromTensors = (config: LlamaConfig, tensors: Record<string, NdArray>, source: string) =>
  paramsFromTensors(llamaSpecs(config), tensors, source, llamaDerivedTensors(config));

function refusal(action: () => unknown): UserError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error('nothing was thrown');
}

describe('tensors of a Llama', () => {
  const config = configOf({ kvHeads: 1 });
  const params = initLlama(config, keyFromSeed(1));
  const tied = configOf({ kvHeads: 1, tieEmbeddings: true });
  const tiedParams = initLlama(tied, keyFromSeed(1));

  it("uses Hugging Face's names and layout", () => {
    const shapes = Object.entries(namedTensors(params)).map(([name, { shape }]) => [name, shape]);
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
    expect(Object.keys(namedTensors(tiedParams))).not.toContain('lm_head.weight');
  });

  it('gives the parameters back', () => {
    expect(llamaFromTensors(config, namedTensors(params), 'file')).toEqual(params);
    expect(llamaFromTensors(tied, namedTensors(tiedParams), 'file')).toEqual(tiedParams);
  });

  it('converts float64, and ignores the rotary frequencies of old checkpoints', () => {
    const tensors = {
      ...namedTensors(params),
      'model.norm.weight': arrayOf('float64', [8], new Float64Array(8).fill(0.1)),
      'model.layers.0.self_attn.rotary_emb.inv_freq': zeros('float32', [2]),
    };
    const { weight } = llamaFromTensors(config, tensors, 'file').model.norm;
    expect(weight).toEqual(arrayOf('float32', [8], new Float32Array(8).fill(0.1)));
  });

  it('takes the read-out of a tied model only if it is the embedding', () => {
    const tensors = namedTensors(tiedParams);
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
    const all = namedTensors(params);
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
      "a.safetensors: the tensor 'model.layers.0.self_attn.q_proj.bias' [8] does not belong to the model",
    );
    const whole = { ...all, 'model.norm.weight': zeros('int32', [8]) };
    expect(refusal(() => llamaFromTensors(config, whole, 'a.safetensors')).message).toContain(
      'int32',
    );
  });

  it('has a bias where the configuration says so', () => {
    const names = (options: ModelOptions) => {
      const biased = configOf(options);
      const tensors = namedTensors(initLlama(biased, keyFromSeed(1)));
      expect(llamaFromTensors(biased, tensors, 'file')).toEqual(initLlama(biased, keyFromSeed(1)));
      return Object.entries(tensors).flatMap(([name, { shape }]) =>
        name.startsWith('model.layers.1.') && name.endsWith('bias')
          ? [`${name.slice('model.layers.1.'.length)} ${shape}`]
          : [],
      );
    };
    const qkv = ['q_proj.bias 12', 'k_proj.bias 6', 'v_proj.bias 6'].map((x) => `self_attn.${x}`);
    const sizes = { headDim: 6, kvHeads: 1 };
    expect(names({ ...sizes, attentionBias: 'qkv' })).toEqual(qkv);
    expect(names({ ...sizes, attentionBias: 'qkvo' })).toEqual([...qkv, 'self_attn.o_proj.bias 8']);
    expect(names({ mlpBias: true })).toEqual([
      'mlp.gate_proj.bias 12',
      'mlp.up_proj.bias 12',
      'mlp.down_proj.bias 8',
    ]);
  });

  it('does not do without a head that is not tied', () => {
    const { 'lm_head.weight': _, ...headless } = namedTensors(params);
    expect(refusal(() => llamaFromTensors(config, headless, 'file')).message).toBe(
      "file: the tensor 'lm_head.weight' [11, 8] is missing",
    );
  });

  it('counts the other mismatches', () => {
    const error = refusal(() => llamaFromTensors(configOf(), namedTensors(params), 'file'));
    expect(error.message).toContain("'model.layers.0.self_attn.k_proj.weight'");
    expect(error.message).toContain('(and 3 more that do not fit)');
  });
});
