import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeGif } from '../../test/support/decode-gif.ts';
import { decodePng } from '../../test/support/decode-png.ts';
import { type IndexedPicture, picturePalette } from '../image/indexed-picture.ts';
import { sampleNcaBands } from '../worlds/nca/index.ts';
import { drawRolloutFrames, drawRolloutSheet } from './rollout-sheet.ts';
import {
  checkRolloutFile,
  encodeRollouts,
  ROLLOUT_FORMATS,
  rolloutFormatOf,
  writeRollouts,
} from './write-rollouts.ts';

let folder: string;
const at = (name: string) => path.join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-rollouts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const examples = sampleNcaBands(
  { colors: 3, grid: 4, sequenceLength: 30 },
  { perBand: 2, frames: 3, tries: 30 },
);

test('the format follows from the ending', () => {
  expect(['a.png', 'b.x/c.GIF', 'd.html', 'e.htm'].map(rolloutFormatOf)).toEqual([
    'png',
    'gif',
    'html',
    'html',
  ]);
  for (const name of ['picture', 'a.jpeg', '.png']) {
    expect(() => rolloutFormatOf(name)).toThrow(/does not say/);
  }
});

describe.each(ROLLOUT_FORMATS)('%s', (format) => {
  test('is written, and may be written again, by its own kind or another', () => {
    const file = at(`again.${format}`);
    expect(writeRollouts(file, examples, format)).toBe(readFileSync(file).length);
    const first = readFileSync(file);
    expect(Buffer.from(encodeRollouts(examples, format)).equals(first)).toBe(true);
    for (const other of ROLLOUT_FORMATS) writeRollouts(file, examples, other);
    writeRollouts(file, examples, format);
    expect(readFileSync(file).equals(first)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  test('never replaces what is not such a picture', () => {
    const file = at(`mine.${format}`);
    const mine = encodeRollouts(examples, format);
    const foreign = Buffer.from(
      Buffer.from(mine).toString('latin1').replaceAll('nca render', 'other'),
    );
    writeFileSync(file, foreign);
    expect(() => writeRollouts(file, examples, format)).toThrow(/exists already/);
    expect(readFileSync(file).equals(foreign)).toBe(true);
  });

  test('refuses a scale that is none', () => {
    expect(() => encodeRollouts(examples, format, { scale: 0.5 })).toThrow(/scale 0.5/);
    expect(() => encodeRollouts(examples, format, { delayMs: 0 })).toThrow(/0 ms/);
  });
});

function toPixels({ width, height, data }: IndexedPicture) {
  const palette = picturePalette(256);
  const rgba = new Uint8Array(4 * data.length);
  for (let i = 0; i < rgba.length; i++)
    rgba[i] = i % 4 === 3 ? 255 : palette[data[i >> 2]!]![i % 4]!;
  return { width, height, data: rgba };
}

test('a PNG and a GIF show what was drawn, and carry the world', () => {
  const sheet = decodePng(encodeRollouts(examples, 'png', { scale: 2 }) as Uint8Array);
  expect(sheet.remark).toMatch(/^Comment\0primordia nca render: 3 colors, grid 4, .*seed 0$/);
  const drawn = toPixels(drawRolloutSheet(examples, 2));
  expect([sheet.width, sheet.height]).toEqual([drawn.width, drawn.height]);
  expect(Buffer.compare(sheet.data, drawn.data)).toBe(0);

  const film = decodeGif(encodeRollouts(examples, 'gif', { scale: 2, delayMs: 70 }) as Uint8Array);
  const pictures = drawRolloutFrames(examples, 2).map(toPixels);
  expect(film.frames.map(({ delay }) => delay)).toEqual([7, 7, 7]);
  for (const [i, { pixels }] of film.frames.entries()) {
    expect(Buffer.compare(pixels, pictures[i]!.data), `frame ${i}`).toBe(0);
  }
});

test('a folder in the way, or none to write into, is told before any work', () => {
  mkdirSync(at('folder.png'));
  expect(() => checkRolloutFile(at('folder.png'))).toThrow(/is not a file/);
  expect(() => checkRolloutFile(at('none/a.png'))).toThrow(/there is no folder/);
  writeFileSync(at('empty.png'), '');
  expect(() => checkRolloutFile(at('empty.png'))).not.toThrow();
});
