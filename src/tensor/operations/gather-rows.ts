import type { Tensor } from '../graph.ts';
import { apply, defineOperation, INTEGERS, requireDtype } from '../operation.ts';
import { formatShape, ShapeError } from '../shape.ts';
import { reshape } from './reshape.ts';
import { scatterAddRows } from './scatter-add-rows.ts';

export const gatherRowsOperation = defineOperation({
  name: 'gatherRows',
  shape: ([table, ids]) => {
    requireDtype('gatherRows', ids!, INTEGERS);
    if (table!.shape.length !== 2) {
      throw new ShapeError(
        `gatherRows: the table must be a matrix, got ${formatShape(table!.shape)}`,
      );
    }
    return [{ dtype: table!.dtype, shape: [...ids!.shape, table!.shape[1]!] }];
  },
  vjp: ({ inputs: [table, ids] }, [g]) => [
    () => {
      const [rows, width] = table!.shape as [number, number];
      return scatterAddRows(rows, reshape(ids!, [-1]), reshape(g!, [-1, width]));
    },
    undefined,
  ],
  interpret: ([table, ids]) => {
    const width = table!.shape[1]!;
    const data = new Float64Array(ids!.data.length * width);
    ids!.data.forEach((id, i) => {
      data.set(table!.data.subarray(id * width, (id + 1) * width), i * width);
    });
    return [data];
  },
});

/** Rows of `table [rows, width]` by `ids [...]` → `[..., width]`. */
export function gatherRows(table: Tensor, ids: Tensor): Tensor {
  return apply(gatherRowsOperation, [table, ids], {});
}
