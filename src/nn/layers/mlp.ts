// The layers between mixers, which act on each position by itself.

import type { ParamSpec } from '../../core/index.ts';
import { gelu, swiglu, type Tensor } from '../../tensor/tracing.ts';
import { applyLinear, type Linear, linearSpecs } from './linear.ts';

/** `swiglu`: Shazeer 2020; `gelu`: a plain layer, Radford et al. 2019. */
export const MLP_KINDS = ['swiglu', 'gelu'] as const;
export type MlpKind = (typeof MLP_KINDS)[number];

/** Parameters under Hugging Face's names, in its layout; without a gate the layer is a plain one. */
export type Mlp<T> = {
  readonly gate_proj?: Linear<T>;
  readonly up_proj: Linear<T>;
  readonly down_proj: Linear<T>;
};

export type MlpOptions = {
  /** Width of what goes in and comes out. */
  readonly hiddenSize: number;
  /** Inner width. */
  readonly intermediateSize: number;
  readonly kind?: MlpKind;
  /** Whether its projections have a bias. */
  readonly bias: boolean;
  /** Counted from 0. */
  readonly layer: number;
  /** Standard deviation of the initial `down_proj`. */
  readonly std: number;
};

/** Parameters of an MLP `[rows, hiddenSize]` → `[rows, hiddenSize]`, by default a SwiGLU; `applyMlp` computes it. */
export function mlpSpecs(options: MlpOptions): Mlp<ParamSpec> {
  const { hiddenSize: d, intermediateSize: f, kind = 'swiglu', bias, layer, std } = options;
  const mlp = { role: 'mlp', layer, bias } as const;
  return {
    ...(kind === 'swiglu' ? { gate_proj: linearSpecs(f, d, { ...mlp, part: 'gate' }) } : {}),
    up_proj: linearSpecs(f, d, { ...mlp, part: 'up' }),
    down_proj: linearSpecs(d, f, { ...mlp, part: 'down', std }),
  };
}

/** `x [rows, hiddenSize]` → `[rows, hiddenSize]` */
export function applyMlp({ gate_proj, up_proj, down_proj }: Mlp<Tensor>, x: Tensor): Tensor {
  const inner = gate_proj
    ? swiglu(applyLinear(gate_proj, x), applyLinear(up_proj, x))
    : gelu(applyLinear(up_proj, x));
  return applyLinear(down_proj, inner);
}
