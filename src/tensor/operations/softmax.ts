import type { Tensor } from '../graph.ts';
import { apply, defineOperation, FLOATS, requireDtype } from '../operation.ts';
import { rowsOf, softmaxRows } from '../values.ts';
import { mul } from './mul.ts';
import { sub } from './sub.ts';
import { sum } from './sum.ts';

export const softmaxOperation = defineOperation({
  name: 'softmax',
  shape: ([x]) => {
    requireDtype('softmax', x!, FLOATS);
    return [x!];
  },
  vjp: ({ outputs: [y] }, [g]) => [
    () => mul(sub(g!, sum(mul(g!, y!), { axes: [-1], keepDims: true })), y!),
  ],
  interpret: ([x]) => {
    const data = x!.data.slice();
    softmaxRows(rowsOf({ shape: x!.shape, data }));
    return [data];
  },
});

/** e^x / Σ e^x over the last axis. */
export function softmax(x: Tensor): Tensor {
  return apply(softmaxOperation, [x], {});
}
