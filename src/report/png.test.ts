import { crc32, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { UserError } from '../core/index.ts';
import { encodePng, pngDataUri } from './png.ts';

/** Reads what the encoder may write: 8-bit RGBA, rows without a filter. Checks every checksum. */
function decodePng(file: Uint8Array) {
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
  expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
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
  return { width, height, data };
}

describe('encodePng', () => {
  it.each([
    [1, 1],
    [12, 12],
    [300, 7],
  ])('gives %i × %i pixels back', (width, height) => {
    const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 37 + 11) % 256);
    expect(decodePng(encodePng({ width, height, data }))).toEqual({ width, height, data });
  });

  it('refuses data of another size', () => {
    expect(() => encodePng({ width: 2, height: 2, data: new Uint8Array(15) })).toThrow(UserError);
    expect(() => encodePng({ width: 0, height: 2, data: new Uint8Array(0) })).toThrow(UserError);
  });
});

describe('pngDataUri', () => {
  it('holds the same file', () => {
    const pixels = { width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 255, 0, 0, 255, 128) };
    const uri = pngDataUri(pixels);
    expect(uri).toMatch(/^data:image\/png;base64,[A-Za-z0-9+/]+=*$/);
    expect(decodePng(Buffer.from(uri.split(',')[1]!, 'base64'))).toEqual(pixels);
  });
});
