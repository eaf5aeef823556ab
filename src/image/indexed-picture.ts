// Pictures drawn in few colors, for PNG and GIF alike: a pixel is an index into one palette.

import { type NcaStates, stateColor } from '../worlds/nca/index.ts';
import { drawDots, GLYPH_HEIGHT, measureDots } from './bitmap-font.ts';

export type IndexedPicture = {
  readonly width: number;
  readonly height: number;
  /** `[height, width]`, indices into `picturePalette(colors)`. */
  readonly data: Uint8Array;
};

const PAPER = 0;
export const INK = 1;
export const SOFT_INK = 2;
const LINE = 3;
const FIRST_STATE = 4;

const PAPER_AND_INKS: readonly [number, number, number][] = [
  [255, 255, 255],
  [27, 32, 39],
  [89, 98, 111],
  [196, 202, 210],
];

/** Paper, inks, and the states of cells, 256 colors at most: the last few states of a world of 256 share one. */
export function picturePalette(colors: number): [number, number, number][] {
  const states = Math.min(colors, 256 - FIRST_STATE);
  return [...PAPER_AND_INKS, ...Array.from({ length: states }, (_, state) => stateColor(state))];
}

/** A pixel of text is this many pixels wide and high. */
export const DOT = 2;
export const TEXT_HEIGHT = GLYPH_HEIGHT * DOT;

export function createPicture(width: number, height: number): IndexedPicture {
  return { width, height, data: new Uint8Array(width * height).fill(PAPER) };
}

export function measureText(text: string): number {
  return measureDots(text) * DOT;
}

/** Draws a line of text with its top left corner at (x, y); what is outside the picture is cut. */
export function drawText(
  picture: IndexedPicture,
  x: number,
  y: number,
  text: string,
  color: number,
): void {
  drawDots(text, (dotX, dotY) => {
    fillBox(picture, x + dotX * DOT, y + dotY * DOT, DOT, DOT, color);
  });
}

/** Fills a rectangle, cut at the picture's edges. */
function fillBox(
  { width, height, data }: IndexedPicture,
  x: number,
  y: number,
  boxWidth: number,
  boxHeight: number,
  color: number,
): void {
  const right = Math.min(width, x + boxWidth);
  if (x >= right) return;
  for (let row = y; row < Math.min(height, y + boxHeight); row++) {
    data.fill(color, row * width + x, row * width + right);
  }
}

/** Draws frame number `frame` of a simulation, each cell `scale` x `scale` pixels, inside a line of one pixel. */
export function drawStates(
  picture: IndexedPicture,
  x: number,
  y: number,
  { grid, cells }: NcaStates,
  frame: number,
  scale: number,
): void {
  const side = grid * scale;
  fillBox(picture, x - 1, y - 1, side + 2, side + 2, LINE);
  for (let cellY = 0; cellY < grid; cellY++) {
    for (let cellX = 0; cellX < grid; cellX++) {
      const state = cells[(frame * grid + cellY) * grid + cellX]!;
      const color = Math.min(255, FIRST_STATE + state);
      fillBox(picture, x + cellX * scale, y + cellY * scale, scale, scale, color);
    }
  }
}
