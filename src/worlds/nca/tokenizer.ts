// Frames as tokens: a patch of cells is a number in base `colors`, and delimiters mark every frame.

import { UserError } from '../../core/index.ts';
import { type NcaOptions, ncaLayout } from './options.ts';
import type { NcaStates } from './rollout.ts';

/**
 * The patches of `count` frames from frame `first` on, without delimiters: `[count, patches]`, patches in row-major
 * order. A patch's id is the sum over its cells, in row-major order, of cell k times colors^k.
 *
 * @throws UserError when the simulation has not so many frames
 */
export function encodePatches(
  options: NcaOptions,
  states: NcaStates,
  first: number,
  count: number,
): Int32Array {
  if (first + count > states.frames) {
    throw new UserError(
      `nca: ${first + count} frames are needed, the simulation has ${states.frames}`,
      {
        hint: 'roll out more frames',
      },
    );
  }
  const { colors, grid, patch } = options;
  const out = new Int32Array(count * ncaLayout(options).patches);
  let to = 0;
  for (let frame = first; frame < first + count; frame++) {
    for (let top = 0; top < grid; top += patch) {
      for (let left = 0; left < grid; left += patch) {
        let id = 0;
        for (let k = patch * patch - 1; k >= 0; k--) {
          const y = top + Math.floor(k / patch);
          id = id * colors + states.cells[(frame * grid + y) * grid + left + (k % patch)]!;
        }
        out[to++] = id;
      }
    }
  }
  return out;
}

/**
 * Tokens `[sequenceLength]`: for each frame the start token, its patches and the end token, the last frame cut.
 *
 * @throws UserError when the simulation has too few frames
 */
export function encodeNca(options: NcaOptions, states: NcaStates): Int32Array {
  const { patches, frameLength, frames, startToken, endToken } = ncaLayout(options);
  const ids = encodePatches(options, states, 0, frames);
  const tokens = new Int32Array(frames * frameLength);
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * frameLength;
    tokens[at] = startToken;
    tokens.set(ids.subarray(frame * patches, (frame + 1) * patches), at + 1);
    tokens[at + frameLength - 1] = endToken;
  }
  return tokens.slice(0, options.sequenceLength);
}

/**
 * The frames that `tokens` stand for, as many as they begin. What is missing at the end, delimiters where patches
 * belong and ids out of range become cells in state 0; tokens where delimiters belong are not read.
 */
export function decodeNca(options: NcaOptions, tokens: ArrayLike<number>): NcaStates {
  const { colors, grid, patch } = options;
  const { cells: size, patches, frameLength, startToken } = ncaLayout(options);
  const frames = Math.ceil(tokens.length / frameLength);
  const cells = new Uint8Array(frames * size);
  const across = grid / patch;
  for (let frame = 0; frame < frames; frame++) {
    for (let p = 0; p < patches; p++) {
      const token = tokens[frame * frameLength + 1 + p] ?? 0;
      let rest = token >= 0 && token < startToken ? token : 0;
      const corner = frame * size + Math.floor(p / across) * patch * grid + (p % across) * patch;
      for (let k = 0; k < patch * patch; k++) {
        cells[corner + Math.floor(k / patch) * grid + (k % patch)] = rest % colors;
        rest = Math.floor(rest / colors);
      }
    }
  }
  return { grid, frames, cells };
}
