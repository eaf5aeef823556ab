// Animated GIF files with one palette, each frame holding only the part of the picture that changed.
// Source of the layout of bytes: CompuServe, "Graphics Interchange Format, Version 89a" (1990).

import gifenc from 'gifenc';
import { UserError } from '../core/index.ts';

/** Pictures of one size that follow each other; a pixel is an index into `palette`. */
export type IndexedFrames = {
  readonly width: number;
  readonly height: number;
  /** At most 256 colors, each `[red, green, blue]`, 0..255. */
  readonly palette: readonly (readonly [number, number, number])[];
  /** Each `[height, width]`. */
  readonly frames: readonly Uint8Array[];
};

/** Node finds the package's CommonJS form, with an object as its default export; bundlers and vitest find a function. */
const createEncoder = typeof gifenc === 'function' ? gifenc : gifenc.GIFEncoder;

const LARGEST_SIDE = 65_535;
// Lengths in bytes of what stands before an image's pixels.
const HEADER = 13;
const REPETITIONS = 19;
const GRAPHIC_CONTROL = 8;

/**
 * An animation that repeats for ever, or a still picture where there is one frame.
 *
 * @param delayMs time that a frame is shown; a GIF counts hundredths of a second, and 20 ms is the shortest that
 *   players respect
 * @param comment text that the file carries, not shown
 * @throws UserError if sizes, colors or frames do not fit the format
 */
export function encodeGif(
  { width, height, palette, frames }: IndexedFrames,
  { delayMs = 100, comment = '' }: { delayMs?: number; comment?: string } = {},
): Uint8Array {
  const sides = [width, height];
  if (!sides.every((side) => Number.isInteger(side) && side >= 1 && side <= LARGEST_SIDE)) {
    throw new UserError(`a GIF cannot be ${width} × ${height} pixels large`, {
      hint: `sides are 1 to ${LARGEST_SIDE} pixels: draw less, or at a smaller scale`,
    });
  }
  if (palette.length < 1 || palette.length > 256 || frames.length < 1) {
    throw new UserError(`a GIF cannot have ${palette.length} colors and ${frames.length} frames`, {
      hint: 'it has 1 to 256 colors and at least one frame',
    });
  }
  for (const [i, frame] of frames.entries()) {
    if (frame.length !== width * height || frame.some((index) => index >= palette.length)) {
      throw new UserError(`frame ${i} does not fit a GIF of ${width} × ${height} pixels`, {
        hint: 'give one index into the palette per pixel',
      });
    }
  }
  const bits = Math.max(1, Math.ceil(Math.log2(palette.length)));
  const animated = frames.length > 1;
  const style = {
    colorDepth: bits,
    delay: animated ? Math.max(20, delayMs) : 0,
    repeat: animated ? 0 : -1,
    // What is drawn stays, and the next frame draws over it.
    dispose: 1,
  };
  const encoder = createEncoder();
  encoder.writeFrame(frames[0]!, width, height, { ...style, palette });
  for (const [i, frame] of frames.slice(1).entries()) {
    const part = findChange(frames[i]!, frame, width);
    const start = encoder.bytesView().length;
    encoder.writeFrame(cutOut(frame, width, part), part.width, part.height, style);
    // gifenc places every frame at (0, 0): its corner is written over, after one byte that says "image".
    const { buffer, byteOffset } = encoder.bytesView();
    const corner = new DataView(buffer, byteOffset + start + GRAPHIC_CONTROL + 1, 4);
    corner.setUint16(0, part.left, true);
    corner.setUint16(2, part.top, true);
  }
  encoder.finish();
  const file = encoder.bytes();
  const headEnd = HEADER + 3 * 2 ** bits + (animated ? REPETITIONS : 0);
  const parts = [file.subarray(0, headEnd), commentBlocks(comment), file.subarray(headEnd)];
  return new Uint8Array(Buffer.concat(parts));
}

type Part = { left: number; top: number; width: number; height: number };

/** The smallest rectangle that holds every pixel that differs; one pixel where none does. */
function findChange(before: Uint8Array, after: Uint8Array, width: number): Part {
  let [left, top, right, bottom] = [width, -1, -1, -1];
  for (let i = 0; i < after.length; i++) {
    if (before[i] === after[i]) continue;
    const x = i % width;
    bottom = (i - x) / width;
    if (top < 0) top = bottom;
    if (x < left) left = x;
    if (x > right) right = x;
  }
  if (right < 0) return { left: 0, top: 0, width: 1, height: 1 };
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

function cutOut(frame: Uint8Array, width: number, part: Part): Uint8Array {
  const out = new Uint8Array(part.width * part.height);
  for (let y = 0; y < part.height; y++) {
    const from = (part.top + y) * width + part.left;
    out.set(frame.subarray(from, from + part.width), y * part.width);
  }
  return out;
}

/** A comment extension: text in blocks of at most 255 bytes, each after its length, and an empty one. */
function commentBlocks(comment: string): Uint8Array {
  const text = Buffer.from(comment);
  if (text.length === 0) return text;
  const bytes = [0x21, 0xfe];
  for (let at = 0; at < text.length; at += 255) {
    const block = text.subarray(at, at + 255);
    bytes.push(block.length, ...block);
  }
  return Uint8Array.from([...bytes, 0]);
}
