import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePng } from '../../test/support/decode-png.ts';
import { UserError } from '../core/index.ts';
import { encodeIndexedPng, encodePng, pngDataUri } from './encode-png.ts';

describe('encodePng', () => {
  it.each([
    [1, 1],
    [12, 12],
    [300, 7],
  ])('gives %i × %i pixels back', (width, height) => {
    const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 37 + 11) % 256);
    expect(decodePng(encodePng({ width, height, data }))).toEqual({ width, height, data });
  });

  it.each([1, 2, 256, 257])(
    'gives %i opaque colors back, with a palette of at most 256',
    (colors) => {
      const pixels = Array.from({ length: 257 }, (_, i) => [i % colors, (i % colors) >> 1, 7, 255]);
      // The 257th color differs from the first in another channel.
      if (colors === 257) pixels[256] = [0, 0, 8, 255];
      const image = { width: 257, height: 1, data: Uint8Array.from(pixels.flat()) };
      const file = encodePng(image);
      expect(decodePng(file)).toEqual(image);
      expect(Buffer.from(file).includes('PLTE')).toBe(colors <= 256);
    },
  );

  it('gives any picture back', () => {
    const side = fc.integer({ min: 1, max: 12 });
    const pictures = fc.tuple(side, side, fc.boolean()).chain(([width, height, opaque]) => {
      const bytes = fc.uint8Array({ minLength: width * height * 4, maxLength: width * height * 4 });
      return bytes.map((data) => ({
        width,
        height,
        data: opaque ? data.map((value, i) => (i % 4 === 3 ? 255 : value % 3)) : data,
      }));
    });
    fc.assert(
      fc.property(pictures, (image) => {
        expect(decodePng(encodePng(image))).toEqual(image);
      }),
    );
  });

  it('carries a remark', () => {
    const pixels = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3, 4) };
    const file = encodePng(pixels, 'rule 1 × 2');
    expect(decodePng(file)).toEqual({ ...pixels, remark: 'Comment\0rule 1 × 2' });
    expect(decodePng(encodePng(pixels, 'ab → 😀')).remark).toBe('Comment\0ab ? ?');
  });

  it('refuses data of another size', () => {
    expect(() => encodePng({ width: 2, height: 2, data: new Uint8Array(15) })).toThrow(UserError);
    expect(() => encodePng({ width: 0, height: 2, data: new Uint8Array(0) })).toThrow(UserError);
    const one = { width: 2, height: 1, data: Uint8Array.of(0, 1) };
    expect(() => encodeIndexedPng(one, [[1, 2, 3]])).toThrow(UserError);
    expect(() => encodeIndexedPng({ ...one, width: 3 }, [[1, 2, 3]])).toThrow(UserError);
    expect(() => encodeIndexedPng({ ...one, data: Uint8Array.of(0, 0) }, [])).toThrow(UserError);
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
