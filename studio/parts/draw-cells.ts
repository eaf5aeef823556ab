// Cells as pixels of a canvas, one each; the style sheet makes them large.

import { stateColor } from '../../src/worlds/plane.ts';

/** Draws `[height, width]` cells, which begin at `offset`. */
export function drawCells(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  cells: ArrayLike<number>,
  offset = 0,
): void {
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context || width === 0 || height === 0) return;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const image = context.createImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  for (let i = 0; i < words.length; i++) {
    words[i] = WORDS[(cells[offset + i] ?? 0) % WORDS.length]!;
  }
  context.putImageData(image, 0, 0);
}

/** Colors of states as they lie in memory. Worlds have 256 states at most; beyond the table, colors come again. */
const WORDS = createWords(4096);

function createWords(count: number): Uint32Array {
  const bytes = new Uint8Array(4 * count);
  for (let state = 0; state < count; state++) bytes.set([...stateColor(state), 255], 4 * state);
  return new Uint32Array(bytes.buffer);
}
