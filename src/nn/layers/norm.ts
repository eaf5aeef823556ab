// Norms of hidden states: by the mean square only, or by mean and variance.

import { onesInit, type ParamSpec, zerosInit } from '../../core/index.ts';
import { layerNorm, rmsNorm, type Tensor } from '../../tensor/tracing.ts';
import { paramSpec } from './linear.ts';

/** `rms`: Zhang and Sennrich 2019; `layer`: Ba et al. 2016. */
export const NORM_KINDS = ['rms', 'layer'] as const;
export type NormKind = (typeof NORM_KINDS)[number];

/** A gain `[width]`; a layer norm has a bias `[width]` too, which tells the two apart. */
export type Norm<T> = { readonly weight: T; readonly bias?: T };

/** @param layer the index of its layer; undefined outside layers */
export function normSpecs(width: number, layer?: number, kind: NormKind = 'rms'): Norm<ParamSpec> {
  const place = { role: 'norm', layer } as const;
  return {
    weight: paramSpec([width], onesInit, place),
    ...(kind === 'layer'
      ? { bias: paramSpec([width], zerosInit, { ...place, part: 'bias' }) }
      : {}),
  };
}

/** Normalizes the last axis of `x`. */
export function applyNorm({ weight, bias }: Norm<Tensor>, x: Tensor, epsilon: number): Tensor {
  return bias ? layerNorm(x, weight, bias, epsilon) : rmsNorm(x, weight, epsilon);
}
