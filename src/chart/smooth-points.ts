// Noisy curves, smoothed.

import type { Point } from './spec.ts';

/**
 * The exponential moving average of y along a curve, without the pull towards zero at its start. Points without a value
 * stay as they are, and the average goes on after them.
 *
 * @param weight of what came before, from 0 (nothing changes) to below 1
 */
export function smoothPoints(points: readonly Point[], weight: number): Point[] {
  let sum = 0;
  let mass = 0;
  return points.map(([x, y]) => {
    if (y === null || !Number.isFinite(y)) return [x, y];
    sum = weight * sum + (1 - weight) * y;
    mass = weight * mass + (1 - weight);
    return [x, sum / mass];
  });
}
