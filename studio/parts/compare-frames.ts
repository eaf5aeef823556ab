// Frames as they were, and as a model predicted them.

import { comparePlanes, type Plane } from '../../src/worlds/plane.ts';

export type ComparedFrame = {
  readonly truth: Plane;
  /** Null where nothing was predicted, as of the first frame. */
  readonly prediction: Plane | null;
};

/** The share of cells in which a prediction differs from the truth, 0 to 1. */
export function shareWrong({ truth, prediction }: ComparedFrame): number | null {
  if (prediction === null) return null;
  const { cells } = comparePlanes(truth, prediction);
  return Array.from(cells).reduce((sum, cell) => sum + cell, 0) / cells.length;
}
