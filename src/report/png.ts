// A minimal PNG encoder: 8-bit RGBA, one image, and a remark where one is given.

import { crc32, deflateSync } from 'node:zlib';
import { UserError } from '../core/index.ts';
import type { Pixels } from '../worlds/plane.ts';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const RGBA = 6;

/**
 * An image as a PNG file (W3C Portable Network Graphics, third edition): color type 6, bit depth 8,
 * rows without a filter, which suits the flat cells of a grid.
 *
 * @param remark Latin-1 text that the file carries as its "Comment", not shown
 * @throws UserError when `data` does not hold 4 bytes a pixel, or an axis is empty
 */
export function encodePng({ width, height, data }: Pixels, remark = ''): Uint8Array {
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (!whole || data.length !== width * height * 4) {
    throw new UserError(
      `cannot write ${data.length} bytes as a PNG image of ${width} × ${height} pixels`,
      { hint: 'width and height are positive integers, and data holds 4 bytes (RGBA) a pixel' },
    );
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8;
  header[9] = RGBA;

  const stride = width * 4;
  // Each row begins with the number of its filter; 0 is none.
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    rows.set(data.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  }
  return Buffer.concat([
    SIGNATURE,
    encodeChunk('IHDR', header),
    ...(remark === '' ? [] : [encodeChunk('tEXt', Buffer.from(`Comment\0${remark}`, 'latin1'))]),
    encodeChunk('IDAT', deflateSync(rows, { level: 9 })),
    encodeChunk('IEND', new Uint8Array(0)),
  ]);
}

/** An image as a `data:` URI, to be written into a page. Errors as `encodePng`. */
export function pngDataUri(pixels: Pixels): string {
  return `data:image/png;base64,${Buffer.from(encodePng(pixels)).toString('base64')}`;
}

/** Length, type, data, and the checksum of type and data. */
function encodeChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, data.length + 8)), data.length + 8);
  return chunk;
}
