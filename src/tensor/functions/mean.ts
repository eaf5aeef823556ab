import { sizeOf } from '../../core/index.ts';
import type { Tensor } from '../graph.ts';
import { FLOATS, requireDtype } from '../operation.ts';
import { type ReduceOptions, resolveAxes } from '../operations/define-reduction.ts';
import { mul } from '../operations/mul.ts';
import { sum } from '../operations/sum.ts';

/** Mean over axes. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  requireDtype('mean', x, FLOATS);
  const count = sizeOf(resolveAxes('mean', x, options.axes).map((axis) => x.shape[axis]!));
  return mul(sum(x, options), 1 / count);
}
