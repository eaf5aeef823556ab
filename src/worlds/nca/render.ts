// Frames as an image.

import { framePlanes } from '../cells.ts';
import { type Pixels, type Plane, renderPlanes } from '../plane.ts';
import type { NcaStates } from './rollout.ts';

export { stateColor } from '../plane.ts';

/** The frames of a simulation, each a plane `[grid, grid]`. */
export function ncaPlanes(states: NcaStates): Plane[] {
  return framePlanes({ width: states.grid, height: states.grid }, states);
}

/**
 * Frames side by side, from left to right, a gap of one cell between them.
 *
 * @param scale pixels along the side of a cell, an integer of at least 1
 */
export function renderNca(states: NcaStates, scale = 4): Pixels {
  return renderPlanes(ncaPlanes(states), scale);
}
