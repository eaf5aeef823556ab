// The layer of a decoder, by default Llama's (Touvron et al. 2023): attention, then SwiGLU, each after an RMSNorm and with a
// residual connection.

import type { ParamSpec } from '../../core/index.ts';
import { add, type Tensor } from '../../tensor/tracing.ts';
import { applyLinear, type Linear, linearSpecs } from './linear.ts';
import { applyMlp, type Mlp, type MlpKind, mlpSpecs } from './mlp.ts';
import { applyNorm, type Norm, type NormKind, normSpecs } from './norm.ts';

/** The projections of attention that have a bias: none, all (Llama's `attention_bias`), or all but the output (Qwen 2). */
export const ATTENTION_BIASES = ['none', 'qkv', 'qkvo'] as const;
export type AttentionBias = (typeof ATTENTION_BIASES)[number];

/** Parameters under Hugging Face's names, in its layout. */
export type DecoderLayer<T> = {
  readonly self_attn: {
    readonly q_proj: Linear<T>;
    readonly k_proj: Linear<T>;
    readonly v_proj: Linear<T>;
    readonly o_proj: Linear<T>;
  };
  readonly mlp: Mlp<T>;
  readonly input_layernorm: Norm<T>;
  readonly post_attention_layernorm: Norm<T>;
};

export type LayerSizes = {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
  /** Heads of keys and values; as many as of queries unless set. */
  readonly kvHeads?: number;
  /** Width of a head; `hiddenSize / heads` unless set. */
  readonly headDim?: number;
  readonly attentionBias?: AttentionBias;
  readonly mlpBias?: boolean;
  /** By default `swiglu`. */
  readonly mlp?: MlpKind;
  /** By default `rms`. */
  readonly norm?: NormKind;
};

/** A stack of `layers` layers. Residual branches are initially scaled by (2 · layers)^(−1/2) (Radford et al. 2019). */
export function stackSpecs(sizes: LayerSizes, layers: number): readonly DecoderLayer<ParamSpec>[] {
  return Array.from({ length: layers }, (_, layer) => layerSpecs(sizes, layers, layer));
}

function layerSpecs(sizes: LayerSizes, layers: number, layer: number): DecoderLayer<ParamSpec> {
  const { hiddenSize: d, intermediateSize: f, heads, attentionBias = 'none' } = sizes;
  const { kvHeads = heads, headDim = d / heads, mlpBias = false } = sizes;
  const [q, kv] = [heads * headDim, kvHeads * headDim];
  const mixer = { role: 'mixer', layer, bias: attentionBias !== 'none' } as const;
  const output = {
    part: 'output',
    heads,
    bias: attentionBias === 'qkvo',
    std: addedStd(q, layers),
  } as const;
  return {
    self_attn: {
      q_proj: linearSpecs(q, d, { ...mixer, part: 'query', heads }),
      k_proj: linearSpecs(kv, d, { ...mixer, part: 'key', heads: kvHeads }),
      v_proj: linearSpecs(kv, d, { ...mixer, part: 'value', heads: kvHeads }),
      o_proj: linearSpecs(d, q, { ...mixer, ...output }),
    },
    mlp: mlpSpecs({
      hiddenSize: d,
      intermediateSize: f,
      layer,
      bias: mlpBias,
      std: addedStd(f, layers),
      ...(sizes.mlp ? { kind: sizes.mlp } : {}),
    }),
    input_layernorm: normSpecs(d, layer, sizes.norm),
    post_attention_layernorm: normSpecs(d, layer, sizes.norm),
  };
}

function addedStd(inputs: number, layers: number): number {
  return inputs ** -0.5 / Math.sqrt(2 * layers);
}

/** One layer on `x [rows, hiddenSize]`; `mix` lets positions see each other. */
export function layerForward(
  { self_attn, mlp, input_layernorm, post_attention_layernorm }: DecoderLayer<Tensor>,
  { rmsNormEpsilon }: { readonly rmsNormEpsilon: number },
  x: Tensor,
  mix: (q: Tensor, k: Tensor, v: Tensor) => Tensor,
): Tensor {
  const a = applyNorm(input_layernorm, x, rmsNormEpsilon);
  const mixed = mix(
    applyLinear(self_attn.q_proj, a),
    applyLinear(self_attn.k_proj, a),
    applyLinear(self_attn.v_proj, a),
  );
  const h = add(x, applyLinear(self_attn.o_proj, mixed));
  return add(h, applyMlp(mlp, applyNorm(post_attention_layernorm, h, rmsNormEpsilon)));
}
