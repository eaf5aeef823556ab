import { describe, expect, test } from 'vitest';
import { keyFromSeed, randomBits } from '../core/index.ts';
import { encodeFrame, type Frame, FrameReader } from './frames.ts';

const LIMITS = { header: 1000, body: 1000 };
const bytes = (...frames: [object, Uint8Array?][]) =>
  Buffer.concat(frames.flatMap(([header, body]) => encodeFrame(header, body)));

function readAll(reader: FrameReader, pieces: readonly Uint8Array[]): Frame[] {
  const frames: Frame[] = [];
  for (const piece of pieces) reader.push(piece, (frame) => frames.push(frame));
  return frames;
}

test('messages come back, however they are cut', () => {
  for (let seed = 0; seed < 200; seed++) {
    const bits = randomBits(keyFromSeed(seed), 40);
    const sent = Array.from({ length: 1 + (bits[0]! % 5) }, (_, i): [object, Uint8Array] => [
      { n: i, text: 'ü'.repeat(bits[i + 1]! % 50) },
      Uint8Array.from({ length: bits[i + 10]! % 200 }, (_, j) => i + j),
    ]);
    const whole = bytes(...sent);
    const pieces: Uint8Array[] = [];
    for (let at = 0, i = 0; at < whole.length; i++) {
      const length = 1 + (bits[20 + (i % 20)]! % 60);
      pieces.push(whole.subarray(at, at + length));
      at += length;
    }
    const frames = readAll(new FrameReader(LIMITS), pieces);
    expect(frames.map(({ header, body }) => [header, [...body]])).toEqual(
      sent.map(([header, body]) => [header, [...body]]),
    );
  }
});

describe('what is too long is refused before there is room for it', () => {
  test.each([
    [{ header: 10, body: 0 }, bytes([{ long: 'header' }])],
    [{ header: 100, body: 3 }, bytes([{}, new Uint8Array(4)])],
    [LIMITS, Uint8Array.from([255, 255, 255, 255, 0, 0, 0, 0])],
    [LIMITS, Uint8Array.from([0, 0, 0, 2, 255, 255, 255, 255])],
  ])('%o', (limits, whole) => {
    expect(() => readAll(new FrameReader(limits), [whole])).toThrow('longer than allowed');
  });

  test('more may be allowed between two messages', () => {
    const reader = new FrameReader({ header: 10, body: 0 });
    const frames: Frame[] = [];
    reader.push(bytes([{}], [{ long: 'header' }, new Uint8Array(9)]), (frame) => {
      frames.push(frame);
      reader.allow(LIMITS);
    });
    expect(frames).toHaveLength(2);
    expect(frames[1]!.body).toHaveLength(9);
  });
});

test.each(['[]', 'null', '1', '{', ''])('the header %j is refused', (text) => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(text.length, 0);
  const whole = Buffer.concat([head, Buffer.from(text)]);
  // A header without a length is complete only with the next byte.
  expect(() => readAll(new FrameReader(LIMITS), [whole, Buffer.from([0])])).toThrow();
});
