import { describe, expect, test } from 'vitest';
import { binCore, renderColorMap, renderPlainMap } from './core-map.ts';

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

test('colours change only where they must and end reset', () => {
  const map = { owners: owners('0110'), heads: [null] };
  expect(renderColorMap(map, { columns: 4, rows: 1 })).toBe(
    '\u001b[0;38;5;238m·\u001b[0;38;5;39m██\u001b[0;38;5;238m·\u001b[0m',
  );
});
