// The facts about a world that predictors and verdicts need.

import type { AnyWorld } from '../../worlds/world.ts';

export type GateWorld = Pick<
  AnyWorld,
  | 'vocabSize'
  | 'sequenceLength'
  | 'learnable'
  | 'freshRules'
  | 'frame'
  | 'frameLength'
  | 'firstTarget'
  | 'targets'
  | 'oracle'
>;

/** Rows and columns of tokens in a frame. */
export function tokenGrid({ height, width, patch }: NonNullable<GateWorld['frame']>): {
  readonly rows: number;
  readonly columns: number;
} {
  return { rows: height / patch.height, columns: width / patch.width };
}
