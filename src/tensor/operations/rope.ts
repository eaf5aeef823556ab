// Rotary position embedding (Su et al. 2021), in the half-split layout that Hugging Face's Llama uses.

import { arrayOf, type DType } from '../../core/index.ts';
import { constant, type Graph, type Tensor } from '../graph.ts';
import { apply, defineOperation, FLOATS, requireDtype } from '../operation.ts';
import { formatShape, ShapeError } from '../shape.ts';
import { rowsOf } from '../values.ts';

/** Cosines and sines of the angles by position and pair, each `[positions, headSize / 2]`. */
export type RotaryTable = { readonly cos: Tensor; readonly sin: Tensor };

export const ropeOperation = defineOperation<{ readonly inverse: boolean }>({
  name: 'rope',
  shape: ([x, cos]) => {
    requireDtype('rope', x!, FLOATS);
    const [time, size] = x!.shape.slice(-2);
    const [rows, half] = cos!.shape;
    if (x!.shape.length !== 4 || rows !== time || half! * 2 !== size) {
      throw new ShapeError(
        `rope: table ${formatShape(cos!.shape)} does not fit ${formatShape(x!.shape)}`,
      );
    }
    return [x!];
  },
  vjp: ({ inputs: [, cos, sin], attributes: { inverse } }, [g]) => [
    () => rope(g!, { cos: cos!, sin: sin! }, !inverse),
    undefined,
    undefined,
  ],
  interpret: ([x, cos, sin], { inverse }) => {
    const data = x!.data.slice();
    const [times, half] = cos!.shape as [number, number];
    rowsOf({ shape: x!.shape, data }).forEach((row, n) => {
      for (let i = 0; i < half; i++) {
        const angle = (n % times) * half + i;
        const [c, s] = [cos!.data[angle]!, sin!.data[angle]! * (inverse ? -1 : 1)];
        const [a, b] = [row[i]!, row[i + half]!];
        row[i] = a * c - b * s;
        row[i + half] = b * c + a * s;
      }
    });
    return [data];
  },
});

/**
 * The table of positions 0 to `positions − 1`.
 *
 * @param periods positions per radian of each pair, `[headSize / 2]`; a number b stands for b^(2i/headSize)
 */
export function rotaryTable(
  graph: Graph,
  positions: number,
  headSize: number,
  periods: number | ArrayLike<number>,
  dtype: DType,
): RotaryTable {
  if (headSize % 2 !== 0) throw new ShapeError(`rope: head size ${headSize} is odd`);
  const half = headSize / 2;
  const byPair =
    typeof periods === 'number'
      ? Array.from({ length: half }, (_, i) => periods ** (i / half))
      : periods;
  if (byPair.length !== half) {
    throw new ShapeError(`rope: ${byPair.length} periods for a head of ${half} pairs`);
  }
  const cos = new Float64Array(positions * half);
  const sin = new Float64Array(positions * half);
  for (let t = 0; t < positions; t++) {
    for (let i = 0; i < half; i++) {
      const angle = t / byPair[i]!;
      cos[t * half + i] = Math.cos(angle);
      sin[t * half + i] = Math.sin(angle);
    }
  }
  return {
    cos: constant(graph, arrayOf(dtype, [positions, half], cos)),
    sin: constant(graph, arrayOf(dtype, [positions, half], sin)),
  };
}

/**
 * Rotates `x [batch, heads, time, headSize]`: the pair (x_i, x_{i + headSize/2}) at time t turns by
 * the table's angle for t. `cos` and `sin` are `[time, headSize / 2]`. `inverse` turns back.
 */
export function rope(x: Tensor, table: RotaryTable, inverse = false): Tensor {
  return apply(ropeOperation, [x, table.cos, table.sin], { inverse });
}
