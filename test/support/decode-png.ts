// A reader of PNG files, apart from the writer.

import { crc32, inflateSync } from 'node:zlib';
import { expect } from 'vitest';

/** Reads what the encoder may write: 8-bit RGBA, rows without a filter. Checks every checksum. */
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
  const middle = remark === undefined ? [] : ['tEXt'];
  expect([...chunks.keys()]).toEqual(['IHDR', ...middle, 'IDAT', 'IEND']);
  const header = chunks.get('IHDR')!;
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  expect([...header.subarray(8)]).toEqual([8, 6, 0, 0, 0]);
  const rows = inflateSync(chunks.get('IDAT')!);
  expect(rows).toHaveLength(height * (width * 4 + 1));
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const start = y * (width * 4 + 1);
    expect(rows[start]).toBe(0);
    data.set(rows.subarray(start + 1, start + 1 + width * 4), y * width * 4);
  }
  return { width, height, data, ...(remark === undefined ? {} : { remark }) };
}
