// Frames of the NCA world as tokens.

import { UserError } from '../../core/index.ts';
import {
  type CellFormat,
  decodeCellFrames,
  encodeCellFrames,
  encodeCellPatches,
  frameGeometry,
} from '../cells.ts';
import type { FrameGeometry } from '../world.ts';
import { type NcaOptions, ncaLayout } from './options.ts';
import type { NcaStates } from './rollout.ts';

/**
 * The patches of `count` frames from frame `first` on, without delimiters: `[count, patches]`, patches in row-major
 * order. A patch's id is the sum over its cells, in row-major order, of cell k times colors^k.
 *
 * @throws UserError if the simulation has not so many frames
 */
export function encodePatches(
  options: NcaOptions,
  states: NcaStates,
  first: number,
  count: number,
): Int32Array {
  requireFrames(states, first + count);
  return encodeCellPatches(formatOf(options), states.cells, first, count);
}

/**
 * Tokens `[sequenceLength]`: for each frame the start token, its patches and the end token, the last frame cut.
 *
 * @throws UserError if the simulation has too few frames
 */
export function encodeNca(options: NcaOptions, states: NcaStates): Int32Array {
  requireFrames(states, ncaLayout(options).frames);
  return encodeCellFrames(formatOf(options), states.cells, options.sequenceLength);
}

/**
 * The frames that `tokens` stand for, as many as they begin. What is missing at the end, delimiters where patches
 * belong and ids out of range become cells in state 0; tokens where delimiters belong are not read.
 */
export function decodeNca(options: NcaOptions, tokens: ArrayLike<number>): NcaStates {
  return { grid: options.grid, ...decodeCellFrames(formatOf(options), tokens) };
}

/** How cells lie in the frames of the tokens. */
export function ncaFrame(options: NcaOptions): FrameGeometry {
  return frameGeometry(formatOf(options));
}

function formatOf({ grid, patch, colors }: NcaOptions): CellFormat {
  return { width: grid, height: grid, patchWidth: patch, patchHeight: patch, colors };
}

function requireFrames({ frames }: NcaStates, needed: number): void {
  if (needed <= frames) return;
  throw new UserError(`nca: ${needed} frames are needed, the simulation has ${frames}`, {
    hint: 'roll out more frames',
  });
}
