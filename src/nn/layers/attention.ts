// Heads and rotary positions for attention.

import {
  expand,
  type RotaryTable,
  reshape,
  rotaryTable,
  type Tensor,
  transpose,
} from '../../tensor/tracing.ts';
import { positionsPerRadian, type RopeScaling } from './rotary-frequencies.ts';

/** `[batch · time, heads · size]` → `[batch, heads, time, size]` */
export function splitHeads(x: Tensor, batch: number, time: number, heads: number): Tensor {
  return transpose(reshape(x, [batch, time, heads, -1]), [0, 2, 1, 3]);
}

/** Repeats heads of keys or values `[batch, kvHeads, time, size]`, so that each of `heads` query heads has one. */
export function repeatHeads(x: Tensor, heads: number): Tensor {
  const [batch, kvHeads, time, size] = x.shape as [number, number, number, number];
  if (kvHeads === heads) return x;
  const apart = reshape(x, [batch, kvHeads, 1, time, size]);
  const wide = expand(apart, [batch, kvHeads, heads / kvHeads, time, size]);
  return reshape(wide, [batch, heads, time, size]);
}

export type RotarySizes = {
  readonly hiddenSize: number;
  readonly heads: number;
  /** Width of a head; `hiddenSize / heads` unless set. */
  readonly headDim?: number;
  readonly ropeBase: number;
  readonly ropeScaling?: RopeScaling | null;
};

/** Angles of positions 0 to `positions − 1`, in the dtype and graph of `like`. */
export function rotary(sizes: RotarySizes, like: Tensor, positions: number): RotaryTable {
  const { headDim = sizes.hiddenSize / sizes.heads, ropeBase, ropeScaling = null } = sizes;
  const periods = positionsPerRadian(headDim, ropeBase, ropeScaling);
  return rotaryTable(like.graph, positions, headDim, periods, like.dtype);
}
