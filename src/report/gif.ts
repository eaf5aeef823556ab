// A GIF encoder for pictures that are drawn in few colours: GIF89a with one palette, animated, each frame holding
// only the part of the picture that changed. Source: CompuServe, "Graphics Interchange Format, Version 89a" (1990).

import { UserError } from '../core/index.ts';

/** Pictures of one size that follow each other; a pixel is an index into `palette`. */
export type IndexedFrames = {
  readonly width: number;
  readonly height: number;
  /** At most 256 colours, each `[red, green, blue]`, 0..255. */
  readonly palette: readonly (readonly [number, number, number])[];
  /** Each `[height, width]`. */
  readonly frames: readonly Uint8Array[];
};

const LARGEST_SIDE = 65_535;
const LARGEST_CODE = 4096;

/**
 * An animation that repeats for ever, or a still picture where there is one frame.
 *
 * @param delayMs time that a frame is shown; a GIF counts hundredths of a second, and 20 ms is the shortest that
 *   players respect
 * @param comment text that the file carries, not shown
 * @throws UserError when sizes, colours or frames do not fit the format
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
    throw new UserError(`a GIF cannot have ${palette.length} colours and ${frames.length} frames`, {
      hint: 'it has 1 to 256 colours and at least one frame',
    });
  }
  const bits = Math.max(1, Math.ceil(Math.log2(palette.length)));
  const bytes = createBytes();
  bytes.text('GIF89a');
  bytes.word(width);
  bytes.word(height);
  bytes.put(0x80 | (7 << 4) | (bits - 1), 0, 0);
  for (let i = 0; i < 2 ** bits; i++) bytes.put(...(palette[i] ?? [0, 0, 0]));
  if (frames.length > 1) {
    bytes.put(0x21, 0xff, 11);
    bytes.text('NETSCAPE2.0');
    bytes.put(3, 1, 0, 0, 0);
  }
  if (comment !== '') {
    bytes.put(0x21, 0xfe);
    bytes.blocks(new TextEncoder().encode(comment));
  }
  for (const [i, frame] of frames.entries()) {
    if (frame.length !== width * height || frame.some((index) => index >= palette.length)) {
      throw new UserError(`frame ${i} does not fit a GIF of ${width} × ${height} pixels`, {
        hint: 'give one index into the palette a pixel',
      });
    }
    const part = i === 0 ? { left: 0, top: 0, width, height } : findChange(frames[i - 1]!, frame);
    // Disposal 1: what is drawn stays, and the next frame draws over it.
    bytes.put(0x21, 0xf9, 4, 1 << 2);
    bytes.word(frames.length > 1 ? Math.max(2, Math.round(delayMs / 10)) : 0);
    bytes.put(0, 0);
    bytes.put(0x2c);
    for (const side of [part.left, part.top, part.width, part.height]) bytes.word(side);
    bytes.put(0);
    const codeSize = Math.max(2, bits);
    bytes.put(codeSize);
    bytes.blocks(compress(cut(frame, part), codeSize));
  }
  bytes.put(0x3b);
  return bytes.take();

  /** The smallest rectangle that holds every pixel that differs; one pixel where none does. */
  function findChange(before: Uint8Array, after: Uint8Array) {
    let [left, top, right, bottom] = [width, height, -1, -1];
    for (let i = 0; i < after.length; i++) {
      if (before[i] === after[i]) continue;
      const x = i % width;
      const y = (i - x) / width;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
    if (right < 0) return { left: 0, top: 0, width: 1, height: 1 };
    return { left, top, width: right - left + 1, height: bottom - top + 1 };
  }

  function cut(frame: Uint8Array, part: ReturnType<typeof findChange>): Uint8Array {
    const out = new Uint8Array(part.width * part.height);
    for (let y = 0; y < part.height; y++) {
      const from = (part.top + y) * width + part.left;
      out.set(frame.subarray(from, from + part.width), y * part.width);
    }
    return out;
  }
}

/** LZW with codes that grow from `codeSize + 1` to 12 bits (appendix F of the specification). */
function compress(pixels: Uint8Array, codeSize: number): Uint8Array {
  const clear = 2 ** codeSize;
  const end = clear + 1;
  const out = createBytes();
  let held = 0;
  let heldBits = 0;
  let width = codeSize + 1;
  const write = (code: number) => {
    held |= code << heldBits;
    heldBits += width;
    while (heldBits >= 8) {
      out.put(held & 255);
      held >>>= 8;
      heldBits -= 8;
    }
  };
  // next[code * clear + pixel] is the code of the string of `code` followed by `pixel`; 0 is none, since a string of
  // two pixels or more never has code 0.
  const next = new Uint16Array(LARGEST_CODE * clear);
  let free = end + 1;
  write(clear);
  let code = pixels[0]!;
  for (let i = 1; i < pixels.length; i++) {
    const pixel = pixels[i]!;
    const known = next[code * clear + pixel]!;
    if (known !== 0) {
      code = known;
      continue;
    }
    write(code);
    if (free < LARGEST_CODE) {
      // A reader is one entry behind: it needs the wider code only for the code after the one that fills the width.
      if (free === 2 ** width) width++;
      next[code * clear + pixel] = free++;
    } else {
      write(clear);
      next.fill(0);
      free = end + 1;
      width = codeSize + 1;
    }
    code = pixel;
  }
  write(code);
  // The reader adds an entry on this code too, and may widen what it reads next.
  if (free === 2 ** width && width < 12) width++;
  write(end);
  if (heldBits > 0) out.put(held & 255);
  return out.take();
}

/** Bytes that grow. */
function createBytes() {
  let data = new Uint8Array(1 << 12);
  let length = 0;
  const put = (...values: number[]) => {
    if (length + values.length > data.length) {
      const grown = new Uint8Array(data.length * 2);
      grown.set(data);
      data = grown;
    }
    for (const value of values) data[length++] = value;
  };
  return {
    put,
    /** 16 bits, little-endian. */
    word: (value: number) => put(value & 255, value >> 8),
    text: (value: string) => put(...[...value].map((character) => character.charCodeAt(0))),
    /** Data in blocks of at most 255 bytes, each after its length, and an empty one. */
    blocks: (value: Uint8Array) => {
      for (let at = 0; at < value.length; at += 255) {
        const block = value.subarray(at, at + 255);
        put(block.length, ...block);
      }
      put(0);
    },
    take: () => data.slice(0, length),
  };
}
