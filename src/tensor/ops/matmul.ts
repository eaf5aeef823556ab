// Matrix products.

import { emit, FLOATS, requireDtype, type Tensor } from '../graph.ts';
import { formatShape, ShapeError, sameShape } from '../shape.ts';

/** Transposes swap the last two axes of an operand before the product; `scale` multiplies the result. */
export type MatmulOptions = { transposeA?: boolean; transposeB?: boolean; scale?: number };

/**
 * `a [..., m, k] · b [..., k, n] → [..., m, n]`. Leading axes must agree, or `b` be a plain matrix.
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  requireDtype('matmul', a, FLOATS);
  requireDtype('matmul', b, [a.dtype]);
  const { transposeA = false, transposeB = false, scale = 1 } = options;
  const describe = `${formatShape(a.shape)}${transposeA ? 'ᵀ' : ''} · ${formatShape(b.shape)}${transposeB ? 'ᵀ' : ''}`;
  if (a.shape.length < 2 || b.shape.length < 2) {
    throw new ShapeError(`matmul: ${describe}: both sides need at least two axes`);
  }
  const m = a.shape.at(transposeA ? -1 : -2)!;
  const k = a.shape.at(transposeA ? -2 : -1)!;
  const n = b.shape.at(transposeB ? -2 : -1)!;
  const inner = b.shape.at(transposeB ? -1 : -2)!;
  if (k !== inner) {
    throw new ShapeError(`matmul: ${describe}: inner sizes differ, ${k} against ${inner}`);
  }
  const batch = a.shape.slice(0, -2);
  if (b.shape.length > 2 && !sameShape(batch, b.shape.slice(0, -2))) {
    throw new ShapeError(`matmul: ${describe}: leading axes differ`);
  }
  if (b.shape.length === 2 && batch.length > 0 && transposeA) {
    throw new ShapeError(
      `matmul: ${describe}: a batch of transposed matrices needs a batched right side`,
    );
  }
  return emit(
    'matmul',
    [a, b],
    { dtype: a.dtype, shape: [...batch, m, n] },
    {
      transposeA,
      transposeB,
      scale,
    },
  );
}
