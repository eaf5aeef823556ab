import { expect, test } from 'vitest';
import { DEFICIENCIES, distance } from '../../../test/support/color-vision.ts';
import { renderNca, stateColor } from './render.ts';

test('frames lie side by side, cells as squares, a gap of a cell between frames', () => {
  const states = { grid: 2, frames: 2, cells: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7) };
  const { width, height, data } = renderNca(states, 3);
  expect([width, height]).toEqual([15, 6]);
  expect(data).toHaveLength(15 * 6 * 4);
  const at = (x: number, y: number) =>
    Array.from(data.subarray((y * 15 + x) * 4, (y * 15 + x) * 4 + 4));
  expect(at(0, 0)).toEqual([...stateColor(0), 255]);
  expect(at(2, 2)).toEqual([...stateColor(0), 255]);
  expect(at(3, 0)).toEqual([...stateColor(1), 255]);
  expect(at(5, 5)).toEqual([...stateColor(3), 255]);
  expect(at(9, 3)).toEqual([...stateColor(6), 255]);
  expect(at(14, 0)).toEqual([...stateColor(5), 255]);
  const gap = at(7, 4);
  for (let state = 0; state < 8; state++) expect(gap).not.toEqual([...stateColor(state), 255]);
});

test.each(Object.entries(DEFICIENCIES))('sixteen states stay apart with %s', (_, matrix) => {
  const hex = (state: number) =>
    `#${stateColor(state)
      .map((channel) => channel.toString(16).padStart(2, '0'))
      .join('')}`;
  for (let a = 0; a < 16; a++) {
    for (let b = 0; b < a; b++) {
      expect(distance(hex(a), hex(b), matrix), `states ${a} and ${b}`).toBeGreaterThan(0.09);
    }
  }
});

test('64 states differ', () => {
  expect(new Set(Array.from({ length: 64 }, (_, s) => stateColor(s).join())).size).toBe(64);
});
