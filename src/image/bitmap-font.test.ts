import { expect, test } from 'vitest';
import { drawDots, GLYPH_HEIGHT, GLYPH_WIDTH, measureDots, wrapDots } from './bitmap-font.ts';

/** A text as rows of marks. */
function draw(text: string): string[] {
  const rows = Array.from({ length: GLYPH_HEIGHT }, () => new Array(measureDots(text)).fill('.'));
  drawDots(text, (x, y) => {
    rows[y]![x] = '#';
  });
  return rows.map((row) => row.join(''));
}

const ALL = 'abcdefghijklmnopqrstuvwxyz0123456789.,:;-<>=()/%+?';

test('a text is its glyphs side by side, a column apart', () => {
  expect(draw('1p')).toEqual([
    '..#........',
    '.##........',
    '..#...####.',
    '..#...#...#',
    '..#...#...#',
    '..#...#...#',
    '.###..####.',
    '......#....',
    '......#....',
  ]);
});

test('every glyph fits its box and differs from every other', () => {
  const pictures = [...ALL].map((character) => draw(character).join('\n'));
  expect(new Set(pictures).size).toBe(ALL.length);
  for (const picture of pictures) {
    expect(picture).toContain('#');
    expect(picture.split('\n').map((row) => row.length)).toEqual(
      new Array(GLYPH_HEIGHT).fill(GLYPH_WIDTH),
    );
  }
  expect(draw('Q')).toEqual(draw('q'));
  expect(draw('ü')).toEqual(draw('?'));
  expect(draw(' \u00a0').join('')).not.toContain('#');
});

test('lines break at spaces where they must', () => {
  expect(measureDots('')).toBe(0);
  expect(measureDots('abc')).toBe(17);
  expect(wrapDots('ab cd ef', 29)).toEqual(['ab cd', 'ef']);
  expect(wrapDots('ab cd ef', 28)).toEqual(['ab', 'cd', 'ef']);
  expect(wrapDots('wide-word a', 10)).toEqual(['wide-word', 'a']);
  expect(wrapDots('a\u00a0b c', 17)).toEqual(['a\u00a0b', 'c']);
});
