// Frames as an image.

import { type Pixels, type Plane, renderPlanes } from '../plane.ts';
import type { NcaStates } from './rollout.ts';

export { stateColor } from '../plane.ts';

/** The frames of a simulation, each a plane `[grid, grid]`. */
export function ncaPlanes({ grid, frames, cells }: NcaStates): Plane[] {
  const size = grid * grid;
  return Array.from({ length: frames }, (_, i) => ({
    width: grid,
    height: grid,
    cells: cells.subarray(i * size, (i + 1) * size),
  }));
}

/**
 * Frames side by side, from left to right, a gap of one cell between them.
 *
 * @param scale pixels along the side of a cell, an integer of at least 1
 */
export function renderNca(states: NcaStates, scale = 4): Pixels {
  return renderPlanes(ncaPlanes(states), scale);
}
