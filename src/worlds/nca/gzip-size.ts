// The complexity of a simulation: how far gzip compresses its tokens.

import { gzip } from 'pako';
import type { NcaOptions } from './options.ts';
import type { NcaStates } from './rollout.ts';
import { encodePatches } from './tokenizer.ts';

/** Frames after burn-in that the ratio is taken over, however many a sequence needs. */
export const RATIO_FRAMES = 10;

/**
 * Bytes of `tokens` as little-endian int32, compressed by gzip at level 9, header and trailer (18 bytes) included.
 * The sizes are zlib's (and so Python's `gzip`), which those of Node's own zlib are not.
 */
export function gzipSize(tokens: Int32Array): number {
  const bytes = new Uint8Array(tokens.length * 4);
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    bytes[4 * i] = token;
    bytes[4 * i + 1] = token >> 8;
    bytes[4 * i + 2] = token >> 16;
    bytes[4 * i + 3] = token >> 24;
  }
  return gzip(bytes, { level: 9 }).length;
}

/**
 * Compressed size over original size of the tokens of the first `RATIO_FRAMES` frames, without delimiters.
 *
 * @param size counts compressed bytes: `gzipSize`, or the kernel's, which is equal and faster
 * @throws UserError if the simulation has fewer frames
 */
export function measureNcaRatio(
  options: NcaOptions,
  states: NcaStates,
  size: (tokens: Int32Array) => number = gzipSize,
): number {
  const tokens = encodePatches(options, states, 0, RATIO_FRAMES);
  return size(tokens) / (4 * tokens.length);
}
