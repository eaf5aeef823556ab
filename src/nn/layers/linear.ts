// Affine maps, tables and gains.

import {
  type Initializer,
  normalInit,
  type ParamSpec,
  type Shape,
  zerosInit,
} from '../../core/index.ts';
import { add, matmul, type Tensor } from '../../tensor/tracing.ts';

export type Weight<T> = { readonly weight: T };
/** `weight [out, in]`, and `bias [out]` where the map has one. */
export type Linear<T> = { readonly weight: T; readonly bias?: T };

/** The place of a parameter in a model: its role, and where there are several, its part and its layer, counted from 0. */
export type Place = Pick<ParamSpec, 'role' | 'part' | 'layer' | 'heads'>;

/** The spec of one parameter of a model, in float32. */
export function paramSpec(shape: Shape, init: Initializer, place: Place): ParamSpec {
  return { dtype: 'float32', shape, init, ...place };
}

export type LinearOptions = Place & {
  /** Whether there is a bias, which starts at zero; by default there is none. */
  readonly bias?: boolean;
  /** Standard deviation of the initial weights; inputs^(−1/2) unless set. */
  readonly std?: number;
};

/**
 * Parameters of a linear map, for `applyLinear`: `weight [size, inputs]`, and `bias [size]` where it is asked for.
 *
 * @param size numbers that come out
 * @param inputs numbers that go in
 */
export function linearSpecs(
  size: number,
  inputs: number,
  { bias = false, std = inputs ** -0.5, ...place }: LinearOptions,
): Linear<ParamSpec> {
  return {
    weight: paramSpec([size, inputs], normalInit(std), place),
    ...(bias ? { bias: paramSpec([size], zerosInit, { part: 'bias', ...place }) } : {}),
  };
}

/** x · weightᵀ + bias, `[rows, in]` → `[rows, out]`. */
export function applyLinear({ weight, bias }: Linear<Tensor>, x: Tensor): Tensor {
  const { precision } = x.graph;
  const rounds = precision === 'bfloat16';
  const product = matmul(x, weight, { transposeB: true, precision, rounds });
  return bias ? add(product, bias) : product;
}

/**
 * A vector of `width` numbers for each of `rows` ids: a token embedding, a read-out, registers.
 *
 * @param std standard deviation of the initial values
 */
export function tableSpecs(
  rows: number,
  width: number,
  std: number,
  place: Place,
): Weight<ParamSpec> {
  return { weight: paramSpec([rows, width], normalInit(std), place) };
}
