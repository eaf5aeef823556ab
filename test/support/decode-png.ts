// A reader of PNG files, apart from the writer.

import { crc32, inflateSync } from 'node:zlib';
import { expect } from 'vitest';

/** Reads what the encoder may write as RGBA: 8-bit RGBA or palette indices, rows without a filter. Checks every checksum. */
export function decodePng(file: Uint8Array) {
  const bytes = Buffer.from(file);
  expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  const chunks = new Map<string, Buffer>();
  let at = 8;
  while (at < bytes.length) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    chunks.set(type, bytes.subarray(at + 8, at + 8 + length));
    const sum = crc32(bytes.subarray(at + 4, at + 8 + length));
    expect(bytes.readUInt32BE(at + 8 + length), type).toBe(sum);
    at += length + 12;
  }
  expect(at).toBe(bytes.length);
  const remark = chunks.get('tEXt')?.toString('latin1');
  const palette = chunks.get('PLTE');
  const optional = (name: string) => (chunks.has(name) ? [name] : []);
  expect([...chunks.keys()]).toEqual([
    'IHDR',
    ...optional('PLTE'),
    'IDAT',
    ...optional('tEXt'),
    'IEND',
  ]);
  const header = chunks.get('IHDR')!;
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  expect([...header.subarray(8)]).toEqual([8, palette ? 3 : 6, 0, 0, 0]);
  const stride = width * (palette ? 1 : 4);
  const rows = inflateSync(chunks.get('IDAT')!);
  expect(rows).toHaveLength(height * (stride + 1));
  const filters = new Set(Array.from({ length: height }, (_, y) => rows[y * (stride + 1)]));
  expect([...filters]).toEqual([0]);
  const values = Buffer.concat(
    Array.from({ length: height }, (_, y) =>
      rows.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)),
    ),
  );
  const data = palette ? new Uint8Array(width * height * 4).fill(255) : new Uint8Array(values);
  if (palette) {
    // Once for all pixels: an expectation for each takes seconds.
    const largest = values.reduce((most, index) => Math.max(most, index), 0);
    expect(largest * 3).toBeLessThan(palette.length);
    for (const [i, index] of values.entries()) {
      data.set(palette.subarray(index * 3, index * 3 + 3), i * 4);
    }
  }
  return { width, height, data, ...(remark === undefined ? {} : { remark }) };
}
