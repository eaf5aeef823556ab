// Affine maps of flat states, as the cells without attention use them.

import { type ArraySpec, type DType, spec } from '../../core/index.ts';
import { add, matmul, type Tensor } from '../../tensor/index.ts';

/** `weight [out, in]`, `bias [out]`. */
export type Linear<T> = { readonly weight: T; readonly bias: T };

export function linearSpecs(size: number, inputs: number, dtype: DType): Linear<ArraySpec> {
  return { weight: spec(dtype, [size, inputs]), bias: spec(dtype, [size]) };
}

/** x · weightᵀ + bias, `[batch, in]` → `[batch, out]`. */
export function applyLinear({ weight, bias }: Linear<Tensor>, x: Tensor): Tensor {
  return add(matmul(x, weight, { transposeB: true }), bias);
}
