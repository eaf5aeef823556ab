import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../core/index.ts';
import { drawSequence, drawTokens } from '../world.ts';
import { parseIdx } from './idx.ts';
import { createImagesWorld } from './images.ts';

const header = (...shape: number[]) => {
  const bytes = new Uint8Array(4 + 4 * shape.length);
  bytes.set([0, 0, 8, shape.length]);
  const view = new DataView(bytes.buffer);
  shape.forEach((size, i) => {
    view.setUint32(4 + 4 * i, size);
  });
  return bytes;
};
const file = (values: readonly number[], ...shape: number[]) =>
  Uint8Array.from([...header(...shape), ...values]);
const PIXELS = Array.from({ length: 2 * 4 * 6 }, (_, i) => (i * 11) % 256);
const SET = file(PIXELS, 2, 4, 6);

describe('idx files', () => {
  test('are read packed and plain', () => {
    for (const bytes of [SET, Uint8Array.from(gzipSync(SET))]) {
      const { shape, data } = parseIdx(bytes);
      expect(shape).toEqual([2, 4, 6]);
      expect([...data]).toEqual(PIXELS);
    }
  });

  test.each<[string, Uint8Array, string]>([
    ['cut short', SET.subarray(0, 40), '2 × 4 × 6 bytes, the file has 24'],
    ['something else', Uint8Array.from([80, 75, 3, 4, 9, 9]), 'not an idx file'],
    ['empty', new Uint8Array(0), 'not an idx file'],
    ['floats', file(PIXELS, 2, 4, 6).map((x, i) => (i === 2 ? 13 : x)), 'not an idx file'],
    ['packed and cut short', Uint8Array.from(gzipSync(SET)).subarray(0, 40), 'cut short'],
    ['packed, of nothing', Uint8Array.from(gzipSync('')), 'not an idx file'],
    [
      'a bomb',
      Uint8Array.from(gzipSync(Buffer.concat([SET, Buffer.alloc(1e7)]))),
      'unpacks to more',
    ],
    ['of 2^96 pixels', file([], 2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1), 'the file has 0'],
    [
      'of 2^96 pixels, packed',
      Uint8Array.from(gzipSync(file([], 2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1))),
      'too many',
    ],
    ['packed and damaged', Uint8Array.from(gzipSync(SET)).fill(7, 20), 'damaged'],
  ])('%s: refused', (_, bytes, message) => {
    expect(() => parseIdx(bytes, 'x.idx')).toThrow(message);
  });
});

describe('the world of images', () => {
  test('draws whole images in raster order', () => {
    const world = createImagesWorld(parseIdx(SET));
    expect([world.sequenceLength, world.width, world.height, world.vocabSize]).toEqual([
      24, 6, 4, 256,
    ]);
    const drawn = Array.from({ length: 20 }, (_, i) => [...drawTokens(world, keyFromSeed(1), i)]);
    expect(new Set(drawn.map(String))).toEqual(
      new Set([PIXELS.slice(0, 24), PIXELS.slice(24)].map(String)),
    );
  });

  test('shrinks by means, and has the gray levels asked for', () => {
    const one = file([0, 255, 255, 255, 0, 1, 1, 1], 1, 2, 4);
    const tokens = (levels: number) => [
      ...drawTokens(createImagesWorld(parseIdx(one), { shrink: 2, levels }), keyFromSeed(1), 0),
    ];
    // Means of (0, 255, 0, 1) and (255, 255, 1, 1).
    expect(tokens(256)).toEqual([64, 128]);
    expect(tokens(4)).toEqual([1, 2]);
  });

  test('shows an image as itself', () => {
    const world = createImagesWorld(parseIdx(SET), { levels: 2 });
    const { states, tokens } = drawSequence(world, keyFromSeed(1), 0);
    const { width, height, data } = world.render(states);
    expect([width, height]).toEqual([6, 4]);
    expect(data[4 * 20]).toBe(255 * tokens[20]!);
    expect(data[4 * 20 + 3]).toBe(255);
  });

  test('refuses labels, and what does not divide', () => {
    expect(() => createImagesWorld(parseIdx(file([1, 2], 2)))).toThrow('not a set of images');
    expect(() => createImagesWorld(parseIdx(SET), { shrink: 3 })).toThrow(
      '4 × 6 does not shrink by 3',
    );
  });
});
