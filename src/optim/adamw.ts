// AdamW (Loshchilov and Hutter 2019).

import { type ArraySpec, arrayOf, type NdArray, type ParamSpec } from '../core/index.ts';
import { add, div, mul, sqrt, square, sub, type Tensor } from '../tensor/index.ts';

export type AdamwOptions = {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** Decoupled weight decay. */
  readonly weightDecay: number;
  /** What decays: parameters with two or more axes unless their specs say otherwise, or all of them. */
  readonly decay?: 'matrices' | 'all' | undefined;
};

/** Whether weight decay applies to a parameter. */
export function decays(
  { decay, shape }: Pick<ParamSpec, 'decay' | 'shape'>,
  options: AdamwOptions,
): boolean {
  if (options.weightDecay === 0) return false;
  return options.decay === 'all' || (decay ?? shape.length >= 2);
}

/** First and second moment, one entry a parameter in the parameters' order. */
export type AdamwMoments<T> = { readonly m: readonly T[]; readonly v: readonly T[] };

/** What changes from step to step; computed outside of the graph in full precision. */
export type AdamwScalars<T> = {
  readonly learningRate: T;
  /** 1 / (1 − β₁^t) and 1 / (1 − β₂^t), which undo the moments' bias towards zero. */
  readonly correction1: T;
  readonly correction2: T;
};

/** Moments of zeros for parameters of these shapes. */
export function adamwSpecs(params: readonly ArraySpec[]): AdamwMoments<ArraySpec> {
  const like = () => params.map(({ dtype, shape }) => ({ dtype, shape }));
  return { m: like(), v: like() };
}

/** The scalars of step `step` (counted from 0). */
export function adamwScalars(
  options: AdamwOptions,
  step: number,
  learningRate: number,
  dtype: 'float32' | 'float64' = 'float32',
): AdamwScalars<NdArray> {
  const [beta1, beta2] = options.betas;
  return {
    learningRate: arrayOf(dtype, [], learningRate),
    correction1: arrayOf(dtype, [], 1 / (1 - beta1 ** (step + 1))),
    correction2: arrayOf(dtype, [], 1 / (1 - beta2 ** (step + 1))),
  };
}

/** Shapes of `adamwScalars`, for compiling. */
export function adamwScalarSpecs(
  dtype: 'float32' | 'float64' = 'float32',
): AdamwScalars<ArraySpec> {
  const scalar = { dtype, shape: [] };
  return { learningRate: scalar, correction1: scalar, correction2: scalar };
}

/**
 * One step on `params`, which `specs` describe: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g²,
 * p ← p − lr·(m̂ / (√v̂ + ε) + decay·p).
 */
export function adamwStep(
  specs: readonly Pick<ParamSpec, 'decay' | 'shape'>[],
  params: readonly Tensor[],
  gradients: readonly Tensor[],
  moments: AdamwMoments<Tensor>,
  scalars: AdamwScalars<Tensor>,
  options: AdamwOptions,
): { params: Tensor[]; moments: AdamwMoments<Tensor> } {
  const [beta1, beta2] = options.betas;
  const stepSize = mul(scalars.learningRate, scalars.correction1);
  const inflate = sqrt(scalars.correction2);
  const keep = sub(1, mul(scalars.learningRate, options.weightDecay));
  const next = { params: [] as Tensor[], m: [] as Tensor[], v: [] as Tensor[] };
  params.forEach((p, i) => {
    const g = gradients[i]!;
    const m = add(mul(moments.m[i]!, beta1), mul(g, 1 - beta1));
    const v = add(mul(moments.v[i]!, beta2), mul(square(g), 1 - beta2));
    const move = mul(div(m, add(mul(sqrt(v), inflate), options.epsilon)), stepSize);
    next.params.push(sub(decays(specs[i]!, options) ? mul(p, keep) : p, move));
    next.m.push(m);
    next.v.push(v);
  });
  return { params: next.params, moments: { m: next.m, v: next.v } };
}
