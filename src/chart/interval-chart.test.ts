import { DOMParser } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { renderChart } from './render-chart.ts';
import type { IntervalChart, IntervalRow } from './spec.ts';

// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
function parse(svg: string): any {
  return new DOMParser().parseFromString(svg, 'image/svg+xml');
}

const intervalChart = (chart: Omit<IntervalChart, 'kind'>) =>
  renderChart({ kind: 'interval', ...chart });
const draw = (rows: IntervalRow[]) => intervalChart({ xLabel: 'nats', rows });
const row = (label: string, low: number, high: number, more: Partial<IntervalRow> = {}) => ({
  label,
  mean: (low + high) / 2,
  interval: [low, high] as const,
  ...more,
});

describe('intervalChart', () => {
  test('tells intervals below zero, above it, and on both sides', () => {
    const svg = parse(draw([row('a', -3, -1), row('b', 1, 3, { strong: true }), row('c', -1, 1)]));
    const lines = [...svg.querySelectorAll('[aria-label="rule"] line')].filter((line) =>
      line.getAttribute('stroke')?.startsWith('var'),
    );
    expect(lines.map((line) => line.getAttribute('stroke').slice(4, 10))).toEqual([
      '--good',
      '--bad,',
      '--ink-',
    ]);
    const length = (line: (typeof lines)[number]) =>
      line.getAttribute('x2') - line.getAttribute('x1');
    expect(length(lines[0])).toBeGreaterThan(20);
    expect(length(lines[1])).toBeCloseTo(length(lines[0]), 6);
    const fills = [...svg.querySelectorAll('circle')].map((dot) => dot.getAttribute('fill'));
    expect(fills.map((fill) => fill.startsWith('var(--card'))).toEqual([true, false, true]);
    const texts = [...svg.querySelectorAll('.rows text')].map((node) => node.textContent);
    expect(texts).toEqual([
      'a',
      '−2.0000 (−3.0000 to −1.0000)',
      'b',
      '+2.0000 (+1.0000 to +3.0000)',
      'c',
      '0.0000 (−1.0000 to +1.0000)',
    ]);
  });

  test('takes the better side from the caller, and draws adjusted intervals thinner', () => {
    const rows = [row('a', -3, -1), row('b', 1, 3, { adjusted: [0, 4] })];
    const svg = parse(intervalChart({ xLabel: 'points', rows, better: 'higher', digits: 1 }));
    const lines = [...svg.querySelectorAll('[aria-label="rule"] line')].filter((line) =>
      line.getAttribute('stroke')?.startsWith('var'),
    );
    expect(lines.map((line) => line.getAttribute('stroke').slice(4, 10))).toEqual([
      '--good',
      '--bad,',
      '--good',
    ]);
    const length = (line: (typeof lines)[number]) =>
      line.getAttribute('x2') - line.getAttribute('x1');
    expect(length(lines[0]) / length(lines[2])).toBeCloseTo(2, 6);
    expect(svg.documentElement.textContent).toContain('+2.0 (+1.0 to +3.0)');
  });

  test('writes the note of a row without an estimate', () => {
    const svg = draw([
      row('a', -1, 1),
      { label: 'b', mean: null, interval: null, note: 'GATE FAILED', alert: true },
      { label: 'c', mean: null, interval: null },
      { label: 'd', mean: 0.5, interval: null, note: '(one seed)' },
    ]);
    for (const text of ['GATE FAILED', 'no data yet', '+0.5000 (one seed)']) {
      expect(svg).toContain(text);
    }
    expect(parse(svg).querySelectorAll('circle').length).toBe(2);
  });

  test('gives a row far from all others an arrow, and keeps the scale of the rest', () => {
    const rows = [row('a', -0.03, 0.01), row('b', -0.02, 0.02), row('c', -0.01, 0.03)];
    const svg = parse(draw([...rows, row('far', -9, -8)]));
    expect(svg.documentElement.outerHTML).toContain('◀');
    expect(svg.querySelectorAll('circle').length).toBe(3);
    const line = svg.querySelector('[aria-label="rule"][stroke-width="2.5"] line');
    expect(line.getAttribute('x2') - line.getAttribute('x1')).toBeGreaterThan(100);
  });

  test('is a quiet figure without any estimate, and takes names for text', () => {
    expect(draw([{ label: 'a', mean: null, interval: null }])).toContain('no data yet');
    expect(draw([row('<script>', -1, 1)])).not.toContain('<script>');
  });

  test('writes names and numbers above intervals where they have no room beside them', () => {
    const rows = [row('a cell with a long name', -3, -1), row('b', 1, 3)];
    const texts = (width: number) => {
      const svg = parse(renderChart({ kind: 'interval', xLabel: 'nats', rows }, { width }));
      return [...svg.querySelectorAll('.rows text')].map((node) => ({
        text: node.textContent,
        x: Number(node.getAttribute('x')),
        y: Number(node.getAttribute('y')),
      }));
    };
    const [wideName, wideNumber] = texts(1010);
    expect(wideName!.y).toBe(wideNumber!.y);
    const narrow = texts(320);
    expect(narrow.map(({ text }) => text)).toEqual(texts(1010).map(({ text }) => text));
    expect(narrow.map(({ x }) => x)).toEqual([0, 0, 0, 0]);
    const heights = narrow.map(({ y }) => y);
    for (let i = 1; i < heights.length; i++) {
      expect(heights[i]! - heights[i - 1]!).toBeGreaterThanOrEqual(16);
    }
  });
});
