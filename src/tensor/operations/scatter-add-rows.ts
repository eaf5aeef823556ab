import type { Tensor } from '../graph.ts';
import { apply, defineOperation, INTEGERS, requireDtype } from '../operation.ts';
import { formatShape, ShapeError } from '../shape.ts';
import { gatherRows } from './gather-rows.ts';

export const scatterAddRowsOperation = defineOperation<{ readonly rows: number }>({
  name: 'scatterAddRows',
  shape: ([ids, updates], { rows }) => {
    requireDtype('scatterAddRows', ids!, INTEGERS);
    if (
      ids!.shape.length !== 1 ||
      updates!.shape.length !== 2 ||
      updates!.shape[0] !== ids!.shape[0]
    ) {
      throw new ShapeError(
        `scatterAddRows: ids ${formatShape(ids!.shape)} and updates ${formatShape(updates!.shape)} ` +
          'do not go together; they must be [n] and [n, width]',
      );
    }
    return [{ dtype: updates!.dtype, shape: [rows, updates!.shape[1]!] }];
  },
  vjp: ({ inputs: [ids] }, [g]) => [undefined, () => gatherRows(g!, ids!)],
  interpret: ([ids, updates], { rows }) => {
    const width = updates!.shape[1]!;
    const data = new Float64Array(rows * width);
    updates!.data.forEach((value, i) => {
      data[ids!.data[Math.floor(i / width)]! * width + (i % width)]! += value;
    });
    return [data];
  },
});

/**
 * Sums rows `updates [n, width]` into a zero matrix `[rows, width]` at `ids [n]`.
 * Repeated ids add up, with any number of threads.
 */
export function scatterAddRows(rows: number, ids: Tensor, updates: Tensor): Tensor {
  return apply(scatterAddRowsOperation, [ids, updates], { rows });
}
