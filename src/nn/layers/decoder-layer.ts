// The layer of Llama (Touvron et al. 2023): attention, then SwiGLU, each after an RMSNorm and added to what came in.

import type { ParamSpec } from '../../core/index.ts';
import { add, rmsNorm, swiglu, type Tensor } from '../../tensor/index.ts';
import { applyLinear, gainSpecs, type Linear, linearSpecs, type Weight } from './linear.ts';

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
  readonly mlp: {
    readonly gate_proj: Linear<T>;
    readonly up_proj: Linear<T>;
    readonly down_proj: Linear<T>;
  };
  readonly input_layernorm: Weight<T>;
  readonly post_attention_layernorm: Weight<T>;
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
};

/** A stack of `layers` layers. What they add to their input begins scaled by (2 · layers)^(−1/2) (Radford et al. 2019). */
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
    bias: attentionBias === 'qkvo',
    std: addedStd(q, layers),
  } as const;
  const mlp = { role: 'mlp', layer, bias: mlpBias } as const;
  return {
    self_attn: {
      q_proj: linearSpecs(q, d, { ...mixer, part: 'query' }),
      k_proj: linearSpecs(kv, d, { ...mixer, part: 'key' }),
      v_proj: linearSpecs(kv, d, { ...mixer, part: 'value' }),
      o_proj: linearSpecs(d, q, { ...mixer, ...output }),
    },
    mlp: {
      gate_proj: linearSpecs(f, d, { ...mlp, part: 'gate' }),
      up_proj: linearSpecs(f, d, { ...mlp, part: 'up' }),
      down_proj: linearSpecs(d, f, { ...mlp, part: 'down', std: addedStd(f, layers) }),
    },
    input_layernorm: gainSpecs(d, layer),
    post_attention_layernorm: gainSpecs(d, layer),
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
  const a = rmsNorm(x, input_layernorm.weight, rmsNormEpsilon);
  const mixed = mix(
    applyLinear(self_attn.q_proj, a),
    applyLinear(self_attn.k_proj, a),
    applyLinear(self_attn.v_proj, a),
  );
  const h = add(x, applyLinear(self_attn.o_proj, mixed));
  const b = rmsNorm(h, post_attention_layernorm.weight, rmsNormEpsilon);
  const gated = swiglu(applyLinear(mlp.gate_proj, b), applyLinear(mlp.up_proj, b));
  return add(h, applyLinear(mlp.down_proj, gated));
}
