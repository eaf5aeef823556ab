import { expect, test } from 'vitest';
import {
  createPicture,
  drawStates,
  drawText,
  INK,
  type IndexedPicture,
  measureText,
  SOFT_INK,
  TEXT_HEIGHT,
} from '../image/indexed-picture.ts';
import { type NcaBandExamples, resolveNcaOptions } from '../worlds/nca/index.ts';
import { drawRolloutFrames, drawRolloutSheet } from './rollout-sheet.ts';

const GRID = 4;
const SCALE = 3;

/** Frames that differ from each other and from those of other seeds. */
function statesOf(seed: number, frames: number) {
  let state = seed;
  const cells = Uint8Array.from({ length: frames * GRID * GRID }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 16) % 5;
  });
  return { grid: GRID, frames, cells };
}

function examplesOf(frames: number): NcaBandExamples {
  const sample = (rule: number, ratio: number) => ({ rule, ratio, states: statesOf(rule, frames) });
  return {
    options: resolveNcaOptions({ colors: 5, grid: GRID, sequenceLength: 40 }),
    seed: 3,
    frames,
    perBand: 2,
    drawn: 77,
    bands: [
      { low: 0, high: 0.1, samples: [sample(1, 0.051)] },
      { low: 0.1, high: 0.25, samples: [] },
      { low: 0.5, high: Number.POSITIVE_INFINITY, samples: [sample(2, 0.612), sample(3, 0.587)] },
    ],
  };
}

/** Where `part` lies in `whole`, as [x, y], row by row. */
function find(whole: IndexedPicture, part: IndexedPicture): [number, number][] {
  const places: [number, number][] = [];
  for (let y = 0; y + part.height <= whole.height; y++) {
    for (let x = 0; x + part.width <= whole.width; x++) {
      const isHere = part.data.every((color, i) => {
        const at = (y + Math.floor(i / part.width)) * whole.width + x + (i % part.width);
        return whole.data[at] === color;
      });
      if (isHere) places.push([x, y]);
    }
  }
  return places;
}

function framePicture(rule: number, frames: number, frame: number): IndexedPicture {
  const picture = createPicture(GRID * SCALE, GRID * SCALE);
  drawStates(picture, 0, 0, statesOf(rule, frames), frame, SCALE);
  return picture;
}

function textPicture(text: string, color: number): IndexedPicture {
  const picture = createPicture(measureText(text), TEXT_HEIGHT);
  drawText(picture, 0, 0, text, color);
  return picture;
}

test('a sheet has a row per band, each simulation as a strip under its ratio', () => {
  const sheet = drawRolloutSheet(examplesOf(3), SCALE);
  const places = [1, 2, 3].map((rule) =>
    [0, 1, 2].map((frame) => {
      const found = find(sheet, framePicture(rule, 3, frame));
      expect(found, `rule ${rule}, frame ${frame}`).toHaveLength(1);
      return found[0]!;
    }),
  );
  for (const strip of places) {
    expect(new Set(strip.map(([, y]) => y)).size).toBe(1);
    const steps = strip.slice(1).map(([x], i) => x - strip[i]![0]);
    expect(steps).toEqual([GRID * SCALE + 4, GRID * SCALE + 4]);
  }
  const [first, second, third] = places.map((strip) => strip[0]!);
  expect(first![0]).toBe(second![0]);
  expect(second![1]).toBeGreaterThan(first![1] + GRID * SCALE);
  expect(third![1]).toBe(second![1]);
  expect(third![0]).toBeGreaterThan(places[1]![2]![0] + GRID * SCALE);

  for (const [text, [x, y]] of [
    ['0.051', first!],
    ['0.612', second!],
    ['0.587', third!],
  ] as const) {
    const [place] = find(sheet, textPicture(text, SOFT_INK));
    expect(place![0]).toBe(x);
    expect(place![1]).toBe(y - TEXT_HEIGHT - 4);
  }
  const rows = ['below 0.1', '0.1 to 0.25', 'above 0.5'].map(
    (text) => find(sheet, textPicture(text, INK))[0]![1],
  );
  expect([rows[0], rows[2]]).toEqual([first![1], second![1]]);
  const [empty] = find(sheet, textPicture('no rule of 77', SOFT_INK));
  expect(empty![1]).toBe(rows[1]);
});

test('an animation has a picture a frame, with every simulation in its place', () => {
  const pictures = drawRolloutFrames(examplesOf(3), SCALE);
  expect(pictures).toHaveLength(3);
  expect(new Set(pictures.map(({ width, height }) => `${width} ${height}`)).size).toBe(1);
  const places = pictures.map((picture, frame) => {
    expect(find(picture, textPicture(`frame ${frame + 1} of 3`, SOFT_INK))).toHaveLength(1);
    return [1, 2, 3].map((rule) => find(picture, framePicture(rule, 3, frame)));
  });
  expect(places[0]!.every((found) => found.length === 1)).toBe(true);
  expect(places[1]).toEqual(places[0]);
  expect(places[2]).toEqual(places[0]);
});

test('a picture that would not fit in memory is refused in words', () => {
  expect(() => drawRolloutSheet(examplesOf(3), 2_000)).toThrow(/pixels is too large/);
  expect(() => drawRolloutFrames(examplesOf(200), 200)).toThrow(/pixels is too large/);
});
