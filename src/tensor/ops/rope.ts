// Rotary position embedding (Su et al. 2021), in the half-split layout that Hugging Face's Llama uses.

import { arrayOf, type DType } from '../../core/index.ts';
import { constant, emit, FLOATS, type Graph, requireDtype, type Tensor } from '../graph.ts';
import { formatShape, ShapeError } from '../shape.ts';

/** Cosines and sines of the angles by position and pair, each `[positions, headSize / 2]`. */
export type RotaryTable = { readonly cos: Tensor; readonly sin: Tensor };

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
  requireDtype('rope', x, FLOATS);
  const [time, size] = x.shape.slice(-2);
  const [rows, half] = table.cos.shape;
  if (x.shape.length !== 4 || rows !== time || half! * 2 !== size) {
    throw new ShapeError(
      `rope: table ${formatShape(table.cos.shape)} does not fit ${formatShape(x.shape)}`,
    );
  }
  return emit('rope', [x, table.cos, table.sin], x, { inverse });
}
