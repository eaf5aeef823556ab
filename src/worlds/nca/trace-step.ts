// A step of neural cellular automata as part of a program, a rule for each row, in whole numbers.

import { arrayOf } from '../../core/index.ts';
import { oneHot } from '../../tensor/functions/constants.ts';
import { constant, type Tensor } from '../../tensor/graph.ts';
import { add } from '../../tensor/operations/add.ts';
import { argmax } from '../../tensor/operations/argmax.ts';
import { cast } from '../../tensor/operations/cast.ts';
import { concat } from '../../tensor/operations/concat.ts';
import { gatherRows } from '../../tensor/operations/gather-rows.ts';
import { matmul } from '../../tensor/operations/matmul.ts';
import { mul } from '../../tensor/operations/mul.ts';
import { randomUniform } from '../../tensor/operations/random-uniform.ts';
import { relu } from '../../tensor/operations/relu.ts';
import { reshape } from '../../tensor/operations/reshape.ts';
import { slice } from '../../tensor/operations/slice.ts';
import { type NcaScales, QUANTILES } from './device-tables.ts';
import type { NcaOptions } from './options.ts';

/** Rules of `rows` simulations. */
export type TracedRules = {
  /** `[rows * colors, 9 * features]`, float32: what a neighbor in a state adds to the features, by its position. */
  readonly table: Tensor;
  /** `[rows, features, hidden]`, float64. */
  readonly hidden: Tensor;
  /** `[rows, hidden, colors]`, float64. */
  readonly logits: Tensor;
};

/**
 * The states `[rows, cells]` (int32) after one step.
 *
 * @param noise the table of Gumbel noise `[QUANTILES, 1]`; none at temperature 0
 * @param key of this step's noise
 */
export function traceNcaStep(
  options: Pick<NcaOptions, 'colors' | 'grid' | 'features' | 'identityBias'>,
  scales: NcaScales,
  cells: Tensor,
  rules: TracedRules,
  noise: Tensor | undefined,
  key: Tensor,
): Tensor {
  const { colors, identityBias } = options;
  const [rows, size] = cells.shape as [number, number];
  const features = reshape(convolve(options, cells, rules.table), [rows, size, options.features]);
  const products = relu(matmul(cast(features, 'float64'), rules.hidden));
  // Cut to `scales.hidden` fraction bits.
  const cut = cast(mul(products, 2 ** (scales.hidden - 2 * scales.features)), 'int64');
  let scores = matmul(cast(cut, 'float64'), rules.logits);
  if (identityBias !== 0) {
    const bias = Math.round(identityBias * 2 ** (2 * scales.hidden));
    scores = add(scores, mul(oneHot(cells, colors, 'float64'), bias));
  }
  if (noise) {
    const drawn = drawFrom(noise, key, 0, [rows, size, colors]);
    scores = add(scores, cast(drawn, 'float64'));
  }
  return cast(argmax(scores), 'int32');
}

/** Elements of a table of quantiles, `[QUANTILES, 1]`, at random. */
export function drawFrom(
  table: Tensor,
  key: Tensor,
  stream: number,
  shape: readonly number[],
): Tensor {
  const places = cast(mul(randomUniform(key, stream, shape), QUANTILES), 'int32');
  return reshape(gatherRows(table, places), shape);
}

/** Features `[rows, grid, grid, features]`: sums over the neighbors on the torus. */
function convolve(
  { colors, grid, features }: Pick<NcaOptions, 'colors' | 'grid' | 'features'>,
  cells: Tensor,
  table: Tensor,
): Tensor {
  const rows = cells.shape[0]!;
  const first = Array.from({ length: rows }, (_, row) => row * colors);
  const places = add(cells, constant(cells.graph, arrayOf('int32', [rows, 1], first)));
  // What each cell adds to its neighbors, by its position as seen from them: above, level, below.
  const given = reshape(gatherRows(table, places), [rows, grid, grid, 9 * features]);
  const level = sumShifted(given, 1, 3 * features);
  return sumShifted(level, 2, features);
}

/**
 * Of three parts of the last axis, `width` each: the first from the place before on `axis`, the second from the place itself,
 * the third from the place after it; their sum.
 */
function sumShifted(x: Tensor, axis: number, width: number): Tensor {
  const part = (index: number) => slice(x, 3, index * width, (index + 1) * width);
  const size = x.shape[axis]!;
  const turn = (one: Tensor, at: number) =>
    size === 1 ? one : concat([slice(one, axis, at, size), slice(one, axis, 0, at)], axis);
  return add(add(turn(part(0), size - 1), part(1)), turn(part(2), 1));
}
