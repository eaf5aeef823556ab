import { sizeOf } from '../../core/index.ts';
import type { Tensor } from '../graph.ts';
import { apply, defineOperation, INTEGERS, requireDtype } from '../operation.ts';
import { formatShape, ShapeError, sameShape } from '../shape.ts';
import { takeAlongLastAxis } from './take-along-last-axis.ts';

export const scatterAddAlongLastAxisOperation = defineOperation<{ readonly size: number }>({
  name: 'scatterAddAlongLastAxis',
  shape: ([indices, updates], { size }) => {
    requireDtype('scatterAddAlongLastAxis', indices!, INTEGERS);
    if (!sameShape(indices!.shape, updates!.shape)) {
      throw new ShapeError(
        `scatterAddAlongLastAxis: indices ${formatShape(indices!.shape)} and updates ` +
          `${formatShape(updates!.shape)} must have the same shape`,
      );
    }
    return [{ dtype: updates!.dtype, shape: [...updates!.shape.slice(0, -1), size] }];
  },
  vjp: ({ inputs: [indices] }, [g]) => [undefined, () => takeAlongLastAxis(g!, indices!)],
  interpret: ([indices, updates], { size }, [out]) => {
    const data = new Float64Array(sizeOf(out!.shape));
    const width = updates!.shape.at(-1)!;
    updates!.data.forEach((value, i) => {
      data[Math.floor(i / width) * size + indices!.data[i]!]! += value;
    });
    return [data];
  },
});

/** Sums `updates` into zeros `[..., size]` along the last axis, at `indices` of the same shape. */
export function scatterAddAlongLastAxis(size: number, indices: Tensor, updates: Tensor): Tensor {
  return apply(scatterAddAlongLastAxisOperation, [indices, updates], { size });
}
