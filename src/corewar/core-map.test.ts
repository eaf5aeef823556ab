import { describe, expect, test } from 'vitest';
import { contrast, DEFICIENCIES, distance } from '../../test/support/color-vision.ts';
import { binCore, colorOf, groundStyle, renderColorMap, renderPlainMap } from './core-map.ts';

const owners = (text: string) => Uint8Array.from(text, Number);

describe('binCore', () => {
  test('every cell is in one bin, and bins fit the size', () => {
    for (const [cells, columns, rows] of [
      [8000, 80, 22],
      [8000, 200, 60],
      [80, 7, 3],
      [55_440, 1, 1],
    ] as const) {
      const map = { owners: new Uint8Array(cells), heads: [] };
      const { bins, cellsPerBin } = binCore(map, { columns, rows });
      expect(bins.length).toBeLessThanOrEqual(columns * rows);
      expect(bins.length).toBe(Math.ceil(cells / cellsPerBin));
    }
  });

  test('a bin shows who owns most of it, and who runs there next', () => {
    const map = { owners: owners('112200012'), heads: [null, 4] };
    expect(binCore(map, { columns: 3, rows: 1 }).bins).toEqual([
      { warrior: 0, isHead: false, density: 1 },
      { warrior: 1, isHead: true, density: 1 / 3 },
      { warrior: 0, isHead: false, density: 2 / 3 },
    ]);
  });
});

test('text shows letters, and capitals where warriors run next', () => {
  const map = { owners: owners('0110020010'), heads: [2, 5] };
  expect(renderPlainMap(map, { columns: 5, rows: 2 })).toBe('.aA..\nB..a.');
});

test('colors change only where they must and end reset', () => {
  const map = { owners: owners('0110'), heads: [null] };
  const empty = '\u001b[0;38;5;238;48;5;16m';
  expect(renderColorMap(map, { columns: 4, rows: 1 })).toBe(
    `${empty}·\u001b[0;38;5;39;48;5;16m██${empty}·\u001b[0m`,
  );
});

test('a letter on its color shows where a warrior runs next', () => {
  const map = { owners: owners('1200'), heads: [0, 3] };
  expect(renderColorMap(map, { columns: 4, rows: 1 })).toBe(
    '\u001b[0;1;38;5;16;48;5;39mA\u001b[0;38;5;208;48;5;16m█\u001b[0;38;5;238;48;5;16m·' +
      '\u001b[0;1;38;5;16;48;5;208mB\u001b[0m',
  );
});

/** A color of the 256-color palette from 16 on as `#rrggbb`. */
function hexOf(color: number): string {
  const levels = [0, 95, 135, 175, 215, 255];
  const index = color - 16;
  const gray = 8 + 10 * (color - 232);
  const rgb =
    color >= 232
      ? [gray, gray, gray]
      : [Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6].map((k) => levels[k]!);
  return `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

test('36 warriors have colors that can be told apart and read, on black and as a ground', () => {
  const colors = Array.from({ length: 36 }, (_, i) => hexOf(colorOf(i)));
  for (const [i, color] of colors.entries()) {
    expect(contrast(color, '#000000')).toBeGreaterThan(3.4);
    const [, text] = /38;5;(\d+);48/.exec(groundStyle(i))!;
    expect(contrast(color, hexOf(Number(text)))).toBeGreaterThan(4.5);
    for (const other of colors.slice(0, i)) {
      expect(distance(color, other, DEFICIENCIES.none)).toBeGreaterThan(0.09);
    }
  }
});
