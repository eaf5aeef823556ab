// Images as PNG files.

import { encode } from 'fast-png';
import { UserError } from '../core/index.ts';
import type { Pixels } from '../worlds/plane.ts';
import type { IndexedPicture } from './indexed-picture.ts';

type Color = readonly [number, number, number];

/**
 * An image as a PNG file. Opaque images of at most 256 colors are written with a palette, a byte per pixel, which takes
 * less than half the space and time; others as 8-bit RGBA.
 *
 * @param remark Latin-1 text that the file carries as its "Comment", not shown; other characters become "?"
 * @throws UserError if `data` does not hold 4 bytes per pixel, or an axis is empty
 */
export function encodePng(pixels: Pixels, remark = ''): Uint8Array {
  const { width, height, data } = pixels;
  requireSize(width, height, data, 4);
  const indexed = indexColors(pixels);
  if (indexed !== undefined) return encodeIndexedPng(indexed.picture, indexed.palette, remark);
  return encode({ width, height, data, ...comment(remark) }, ZLIB);
}

/**
 * A picture whose pixels are indices into `palette`, as a PNG file. `remark` as in `encodePng`.
 *
 * @param palette 1 to 256 colors, each `[red, green, blue]`, 0..255
 * @throws UserError if `data` does not hold one byte per pixel, an index has no color, or an axis is empty
 */
export function encodeIndexedPng(
  { width, height, data }: IndexedPicture,
  palette: readonly Color[],
  remark = '',
): Uint8Array {
  requireSize(width, height, data, 1);
  const colors = palette.length;
  if (colors < 1 || colors > 256 || data.some((index) => index >= colors)) {
    throw new UserError(`cannot write a PNG image with a palette of ${colors} colors`, {
      hint: 'a palette has 1 to 256 colors, and pixels are indices into it',
    });
  }
  const image = { width, height, data, channels: 1, palette: palette.map((color) => [...color]) };
  return encode({ ...image, ...comment(remark) }, ZLIB);
}

/** An image as a `data:` URI, to be written into a page. Errors as `encodePng`. */
export function pngDataUri(pixels: Pixels): string {
  return `data:image/png;base64,${Buffer.from(encodePng(pixels)).toString('base64')}`;
}

const ZLIB = { zlib: { level: 9 } } as const;

function comment(remark: string): { text?: Record<string, string> } {
  return remark === '' ? {} : { text: { Comment: remark.replace(/[^\0-\xff]/gu, '?') } };
}

function requireSize(width: number, height: number, data: Uint8Array, channels: number): void {
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (whole && data.length === width * height * channels) return;
  throw new UserError(
    `cannot write ${data.length} bytes as a PNG image of ${width} × ${height} pixels`,
    {
      hint: `width and height are positive integers, and data holds ${channels === 4 ? '4 bytes (RGBA)' : 'one byte'} per pixel`,
    },
  );
}

/** The image with a palette of the colors in it; undefined if there are too many, or any is not opaque. */
function indexColors({ width, height, data }: Pixels) {
  const indices = new Map<number, number>();
  const palette: Color[] = [];
  const picture = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < picture.length; i++, at += 4) {
    if (data[at + 3] !== 255) return undefined;
    const color: Color = [data[at]!, data[at + 1]!, data[at + 2]!];
    const key = (color[0] << 16) | (color[1] << 8) | color[2];
    let index = indices.get(key);
    if (index === undefined) {
      if (palette.length === 256) return undefined;
      index = palette.push(color) - 1;
      indices.set(key, index);
    }
    picture[i] = index;
  }
  return { picture: { width, height, data: picture }, palette };
}
