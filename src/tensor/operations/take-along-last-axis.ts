import type { Tensor } from '../graph.ts';
import { apply, defineOperation, INTEGERS, requireDtype } from '../operation.ts';
import { formatShape, ShapeError } from '../shape.ts';
import { scatterAddAlongLastAxis } from './scatter-add-along-last-axis.ts';

export const takeAlongLastAxisOperation = defineOperation({
  name: 'takeAlongLastAxis',
  shape: ([x, indices]) => {
    requireDtype('takeAlongLastAxis', indices!, INTEGERS);
    const leading = x!.shape.slice(0, -1);
    if (
      indices!.shape.length !== x!.shape.length ||
      !leading.every((size, i) => size === indices!.shape[i])
    ) {
      throw new ShapeError(
        `takeAlongLastAxis: indices ${formatShape(indices!.shape)} do not match ${formatShape(x!.shape)}`,
      );
    }
    return [{ dtype: x!.dtype, shape: indices!.shape }];
  },
  vjp: ({ inputs: [x, indices] }, [g]) => [
    () => scatterAddAlongLastAxis(x!.shape.at(-1)!, indices!, g!),
    undefined,
  ],
  interpret: ([x, indices]) => {
    const width = x!.shape.at(-1)!;
    const taken = indices!.shape.at(-1)!;
    return [indices!.data.map((index, i) => x!.data[Math.floor(i / taken) * width + index]!)];
  },
});

/** `out[i, j] = x[i, indices[i, j]]` along the last axis (generalized to any leading axes). */
export function takeAlongLastAxis(x: Tensor, indices: Tensor): Tensor {
  return apply(takeAlongLastAxisOperation, [x, indices], {});
}
