// Frames as an image.

import type { Pixels } from '../world.ts';
import type { NcaStates } from './rollout.ts';

// Sixteen colors that stay apart (0.09 or more in Oklab), also with each color-vision deficiency; state 0
// is near black and state 1 near white.
const PALETTE = [
  0x1b1f2a, 0xf2f2ea, 0x0a61fa, 0xd97704, 0xa5ff75, 0xa91103, 0xd3b6ff, 0x86426d, 0xf1ab17,
  0x0036c1, 0x8fd7a7, 0xbc90ac, 0x6c0773, 0x8f91ff, 0xab6565, 0x8d6cb3,
];
const GAP_COLOR = 0x6b7280;

/** The color of a state as `[red, green, blue]`, 0..255. From state 16 on, the palette repeats, paler each time. */
export function stateColor(state: number): [number, number, number] {
  const rgb = PALETTE[state % PALETTE.length]!;
  const turn = Math.floor(state / PALETTE.length);
  const paler = (channel: number) => Math.round(channel + (200 - channel) * (1 - 0.75 ** turn));
  return [paler(rgb >> 16), paler((rgb >> 8) & 255), paler(rgb & 255)];
}

/**
 * Frames side by side, from left to right, a gap of one cell between them.
 *
 * @param scale pixels along the side of a cell, an integer of at least 1
 */
export function renderNca(states: NcaStates, scale = 4): Pixels {
  const { grid, frames, cells } = states;
  const width = Math.max(0, frames * (grid + 1) - 1) * scale;
  const height = grid * scale;
  const data = new Uint8Array(width * height * 4);
  const gap = [GAP_COLOR >> 16, (GAP_COLOR >> 8) & 255, GAP_COLOR & 255];
  const colors = Array.from({ length: 256 }, (_, state) => stateColor(state));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / scale);
      const frame = Math.floor(column / (grid + 1));
      const cellX = column - frame * (grid + 1);
      const cell = (frame * grid + Math.floor(y / scale)) * grid + cellX;
      const rgb = cellX === grid ? gap : colors[cells[cell]!]!;
      data.set(rgb, (y * width + x) * 4);
      data[(y * width + x) * 4 + 3] = 255;
    }
  }
  return { width, height, data };
}
