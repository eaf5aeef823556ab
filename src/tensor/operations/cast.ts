import { type DType, roundToBfloat16 } from '../../core/index.ts';
import { isFloat, type Tensor } from '../graph.ts';
import { apply, defineOperation } from '../operation.ts';

export const castOperation = defineOperation<{ readonly dtype: DType }>({
  name: 'cast',
  shape: ([x], { dtype }) => [{ dtype, shape: x!.shape }],
  vjp: ({ inputs: [x] }, [g]) => [() => cast(g!, x!.dtype)],
  interpret: ([x], { dtype }) => [x!.data.map((value) => castNumber(value, dtype))],
});

function castNumber(value: number, dtype: DType): number {
  if (dtype === 'bool') return Number(value !== 0);
  if (dtype === 'bfloat16') return roundToBfloat16(value);
  if (isFloat({ dtype, shape: [] })) return value;
  return dtype === 'int32' ? Math.trunc(value) | 0 : Math.trunc(value);
}

/** Converts the dtype, to bfloat16 by rounding to the nearest, ties to even. Gradients pass between float dtypes only. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply(castOperation, [x], { dtype });
}
