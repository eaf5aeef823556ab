import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeGif } from '../../test/support/decode-gif.ts';
import { encodeGif, type IndexedFrames } from './encode-gif.ts';

const expected = ({ palette, frames }: IndexedFrames) =>
  frames.map((frame) => Uint8Array.from([...frame].flatMap((index) => [...palette[index]!, 255])));

/** Whether each frame is shown as it was given; comparing bytes, since a list of numbers takes seconds. */
function expectShown(decoded: ReturnType<typeof decodeGif>, given: IndexedFrames): void {
  const shown = decoded.frames.map(({ pixels }) => pixels);
  const wanted = expected(given);
  expect(shown.map((pixels, i) => Buffer.compare(pixels, wanted[i]!))).toEqual(wanted.map(() => 0));
}

const greys = (count: number) =>
  Array.from({ length: count }, (_, i): [number, number, number] => [i, 255 - i, (i * 7) % 256]);

/** Deterministic pixels without order, so that the code table fills and is cleared. */
function noise(length: number, colors: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 16) % colors;
  });
}

describe('encodeGif', () => {
  test.each([
    [1, 1, 1],
    [1, 2, 1],
    [3, 5, 2],
    [17, 3, 3],
    [120, 90, 16],
    [200, 200, 255],
    [333, 100, 256],
  ])('gives %i x %i pixels in %i colors back', (width, height, colors) => {
    const frames = [1, 2, 3].map((seed) => noise(width * height, colors, seed));
    const given = { width, height, palette: greys(colors), frames };
    const decoded = decodeGif(encodeGif(given, { delayMs: 130, comment: 'a remark' }));
    expect(decoded).toMatchObject({ width, height, loops: 0 });
    expectShown(decoded, given);
    expect(decoded.frames.map(({ delay }) => delay)).toEqual([13, 13, 13]);
  });

  test('any pictures come back, of any length of the compressed stream', () => {
    const pictures = fc
      .record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) })
      .chain(({ width, height }) => {
        const size = { minLength: width * height, maxLength: width * height };
        const frame = fc.uint8Array({ ...size, max: 4 });
        const frames = fc.array(frame, { minLength: 1, maxLength: 3 });
        return fc.record({ width: fc.constant(width), height: fc.constant(height), frames });
      });
    fc.assert(
      fc.property(pictures, (given) => {
        const whole = { ...given, palette: greys(5) };
        expectShown(decodeGif(encodeGif(whole)), whole);
      }),
    );
  });

  test('a frame holds only what changed', () => {
    const first = new Uint8Array(60);
    const second = first.slice();
    second[2 * 10 + 3] = 1;
    second[4 * 10 + 7] = 2;
    const frames = [first, second, second];
    const given = { width: 10, height: 6, palette: greys(3), frames };
    const decoded = decodeGif(encodeGif(given));
    expect(decoded.frames[1]).toMatchObject({ x: 3, y: 2, width: 5, height: 3 });
    expect(decoded.frames[2]).toMatchObject({ width: 1, height: 1 });
    expectShown(decoded, given);
  });

  test('refuses what the format cannot hold', () => {
    const good = { width: 2, height: 1, palette: greys(2), frames: [Uint8Array.of(0, 1)] };
    expect(() => encodeGif(good)).not.toThrow();
    for (const change of [
      { width: 70_000, frames: [new Uint8Array(70_000)] },
      { width: 0, frames: [new Uint8Array(0)] },
      { palette: [] },
      { palette: greys(257) },
      { frames: [] },
      { frames: [Uint8Array.of(0)] },
      { frames: [Uint8Array.of(0, 2)] },
    ]) {
      expect(() => encodeGif({ ...good, ...change })).toThrow(/GIF/);
    }
  });
});
