import { describe, expect, it } from 'vitest';
import { decodePng } from '../../test/support/decode-png.ts';
import { UserError } from '../core/index.ts';
import { encodePng, pngDataUri } from './png.ts';

describe('encodePng', () => {
  it.each([
    [1, 1],
    [12, 12],
    [300, 7],
  ])('gives %i × %i pixels back', (width, height) => {
    const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 37 + 11) % 256);
    expect(decodePng(encodePng({ width, height, data }))).toEqual({ width, height, data });
  });

  it('carries a remark', () => {
    const pixels = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3, 4) };
    const file = encodePng(pixels, 'rule 1 × 2');
    expect(decodePng(file)).toEqual({ ...pixels, remark: 'Comment\0rule 1 × 2' });
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
