import { DOMParser } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { Pixels } from '../worlds/plane.ts';
import { frameSheet } from './frames.ts';

// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
function parse(svg: string): any {
  return new DOMParser().parseFromString(svg, 'image/svg+xml');
}

const square = (side = 4): Pixels => ({
  width: side,
  height: side,
  data: new Uint8Array(side * side * 4).fill(128),
});

describe('frameSheet', () => {
  it('draws each frame, a dashed place for each that is missing, and numbers the columns', () => {
    const svg = frameSheet({
      title: 'Frames',
      rows: [
        { label: 'what happened', frames: [square(), square(), square()] },
        { label: 'what the model predicted', frames: [null, square(), square()], note: 'next' },
      ],
    });
    const document = parse(svg);
    const images = [...document.querySelectorAll('image')];
    expect(images).toHaveLength(5);
    for (const image of images) {
      expect(image.getAttribute('href')).toMatch(/^data:image\/png;base64,/);
      expect(image.getAttribute('style')).toBe('image-rendering: pixelated');
    }
    expect(document.querySelectorAll('.no-frame')).toHaveLength(1);
    const texts = [...document.querySelectorAll('text')].map((node) => node.textContent);
    expect(texts).toEqual(
      expect.arrayContaining(['Frames', '0', '1', '2', 'what happened', 'next']),
    );
  });

  it('keeps everything inside the sheet, and columns under each other', () => {
    const rows = Array.from({ length: 3 }, (_, r) => ({
      label: `row ${r}`,
      frames: Array.from({ length: 24 }, () => square()),
    }));
    const root = parse(frameSheet({ rows })).documentElement;
    const [, , width, height] = root.getAttribute('viewBox').split(' ').map(Number);
    const images = [...root.querySelectorAll('image')];
    const number = (node: { getAttribute(name: string): string }, name: string) =>
      Number(node.getAttribute(name));
    for (const image of images) {
      expect(number(image, 'x') + number(image, 'width')).toBeLessThanOrEqual(width);
      expect(number(image, 'y') + number(image, 'height')).toBeLessThanOrEqual(height);
    }
    expect(number(images[5], 'x')).toBe(number(images[29], 'x'));
    expect(number(images[24], 'y')).toBeGreaterThan(
      number(images[0], 'y') + number(images[0], 'height'),
    );
  });

  it('keeps the proportions of frames that are not square', () => {
    const wide: Pixels = { width: 8, height: 2, data: new Uint8Array(64) };
    const image = parse(frameSheet({ rows: [{ label: 'wide', frames: [wide] }] })).querySelector(
      'image',
    );
    expect(Number(image.getAttribute('width'))).toBe(4 * Number(image.getAttribute('height')));
  });

  it('writes the column labels it is given, and only what fits of labels', () => {
    const svg = frameSheet({
      rows: [{ label: 'word '.repeat(60), frames: [square(), square()] }],
      columnLabels: ['first', 'second'],
    });
    expect(svg).toContain('>first<');
    expect(svg).toContain('>second<');
    expect(parse(svg).querySelectorAll('g text').length).toBe(3);
  });

  it('says so where there are no frames, and escapes labels', () => {
    expect(frameSheet({ rows: [] })).toContain('no frames yet');
    const svg = frameSheet({
      title: '<script>',
      rows: [{ label: '<b>x</b>', frames: [square()], note: '&' }],
      columnLabels: ['"<i>"'],
    });
    expect(svg).not.toMatch(/<script|<b>|<i>/);
    expect(svg).toContain('&lt;b&gt;x&lt;/b&gt;');
  });
});
