import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { Pixels } from '../worlds/plane.ts';
import { frameSheet } from './frames.ts';

// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
function parse(markup: string): any {
  return parseHTML(`<body>${markup}</body>`).document;
}

const square = (side = 4): Pixels => ({
  width: side,
  height: side,
  data: new Uint8Array(side * side * 4).fill(128),
});

describe('frameSheet', () => {
  it('draws each frame, a dashed place for each that is missing, and numbers the columns', () => {
    const document = parse(
      frameSheet({
        title: 'Frames',
        rows: [
          { label: 'what happened', frames: [square(), square(), square()] },
          { label: 'what the model predicted', frames: [null, square(), square()], note: 'next' },
        ],
      }),
    );
    const images = [...document.querySelectorAll('img')];
    expect(images).toHaveLength(5);
    for (const image of images) {
      expect(image.getAttribute('src')).toMatch(/^data:image\/png;base64,/);
      expect(image.getAttribute('alt')).toBe('');
    }
    expect(document.querySelectorAll('.no-frame').length).toBe(1);
    const texts = [...document.querySelectorAll('p, b, p span, .column-label')].map(
      (node) => node.textContent,
    );
    expect(texts).toEqual(
      expect.arrayContaining(['Frames', '0', '1', '2', 'what happened', 'next']),
    );
  });

  it('keeps columns under each other, also where a row is shorter', () => {
    const frames = (count: number) => Array.from({ length: count }, () => square());
    const rows = [24, 20, 24].map((count, r) => ({ label: `row ${r}`, frames: frames(count) }));
    const grid = parse(frameSheet({ rows })).querySelector('.frame-grid');
    expect(grid.getAttribute('style')).toContain('--columns: 24;');
    // A place for each column of each row, and the labels of rows and columns.
    expect(grid.children).toHaveLength(4 * 25);
  });

  it('keeps the proportions of frames that are not square, and of their empty places', () => {
    const wide: Pixels = { width: 8, height: 2, data: new Uint8Array(64) };
    const document = parse(frameSheet({ rows: [{ label: 'wide', frames: [null, wide] }] }));
    const image = document.querySelector('img');
    expect([image.getAttribute('width'), image.getAttribute('height')]).toEqual(['8', '2']);
    expect(document.querySelector('.no-frame').getAttribute('style')).toContain('8 / 2');
  });

  it('writes the column labels it is given, and none where they are empty', () => {
    const rows = [{ label: 'frames', frames: [square(), square()] }];
    const labels = (columnLabels: readonly string[]) =>
      [...parse(frameSheet({ rows, columnLabels })).querySelectorAll('.column-label')].map(
        (node) => node.textContent,
      );
    expect(labels(['first', 'second'])).toEqual(['first', 'second']);
    expect(labels(['', ''])).toEqual([]);
  });

  it('says so where there are no frames, and escapes labels', () => {
    expect(frameSheet({ rows: [] })).toContain('no frames yet');
    const markup = frameSheet({
      title: '<script>',
      rows: [{ label: '<i>x</i>', frames: [square()], note: '&' }],
      columnLabels: ['"<u>"'],
    });
    expect(markup).not.toMatch(/<script|<i>|<u>/);
    expect(markup).toContain('&lt;i>x&lt;/i>');
  });
});
