import { DOMParser } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { UserError } from '../core/index.ts';
import { renderChart } from './render-chart.ts';
import type { BarChart, LineChart, LineSeries, Point } from './spec.ts';

// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
function parse(svg: string): any {
  return new DOMParser().parseFromString(svg, 'image/svg+xml');
}

/** Every start tag has its end tag, in order: what an XML reader asks for beyond escaping. */
function expectWellFormed(svg: string) {
  const open: string[] = [];
  const outside = svg.replace(
    /<(\/?)([a-z]+)((?:\s+[a-z][a-z0-9:-]*="[^"<]*")*)\s*(\/?)>/gi,
    (...m) => {
      const [, closing, name, , selfClosing] = m as string[];
      if (closing === '/') expect(open.pop()).toBe(name);
      else if (selfClosing !== '/') open.push(name!);
      return '';
    },
  );
  expect(open).toEqual([]);
  expect(outside).not.toMatch(/[<>]/);
  expect(outside).not.toMatch(/&(?!(amp|lt|gt|quot|#\d+);)/);
}

function texts(svg: string): string[] {
  return [...parse(svg).querySelectorAll('text')].map((node) => node.textContent);
}

function linePaths(svg: string): string[] {
  return [...parse(svg).querySelectorAll('[aria-label="line"] path')].map((node) =>
    node.getAttribute('d'),
  );
}

const ramp = (count: number, slope = 1): Point[] =>
  Array.from({ length: count }, (_, i) => [i, 1 + slope * i]);

const lineChart = (chart: Omit<LineChart, 'kind'>, width?: number) =>
  renderChart({ kind: 'line', ...chart }, { width });
const barChart = (chart: Omit<BarChart, 'kind'>) => renderChart({ kind: 'bar', ...chart });

const plain = { xLabel: 'tokens', yLabel: 'nats per token' };

describe('lineChart', () => {
  it('draws a band around a line, within the range asked for', () => {
    const points = ramp(5);
    const band = points.map(([x, y]) => [x, y! - 1, y! + 100] as const);
    const chart = { ...plain, series: [{ name: 'nca', points, band }] };
    const areas = (svg: string) =>
      [...parse(svg).querySelectorAll('[aria-label="area"] path')].map((node) =>
        node.getAttribute('d'),
      );
    const free = lineChart(chart);
    expectWellFormed(free);
    expect(areas(free)).toHaveLength(1);
    expect(texts(free)).toContain('100');
    const cut = lineChart({ ...chart, yRange: [0, 4], unlabelled: true });
    expect(texts(cut)).not.toContain('100');
    expect(texts(cut)).not.toContain('nca 5.000');
    // Neither band nor line leaves the plot, 28 pixels below the head.
    const heights = [...areas(cut), ...linePaths(cut)].flatMap((d) =>
      [...d.matchAll(/,(-?[\d.]+)/g)].map(([, y]) => Number(y)),
    );
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(28);
    expect(Math.max(...heights)).toBeLessThanOrEqual(276);
    // A line that is cut off at its start still starts where its band does.
    const late = lineChart({ ...chart, yRange: [2.5, 9], unlabelled: true });
    expect(areas(late)[0].match(/^M([\d.]+)/)[1]).toBe('36');
    expect(Number(linePaths(late)[0]!.match(/^M([\d.]+)/)![1])).toBeGreaterThan(100);
  });

  it('reaches no further than values can, nor does a band, and counts in whole numbers', () => {
    const points: Point[] = [
      [1, 40],
      [2, 60],
    ];
    const band = [
      [1, -180, 260],
      [2, 55, 65],
    ] as const;
    const chart = { ...plain, xLabel: 'round', series: [{ name: 'K 1', points, band }] };
    expect(texts(lineChart(chart))).toContain('200');
    expect(texts(lineChart({ ...chart, wholeX: false })).some((text) => /^1\.\d/.test(text))).toBe(
      true,
    );
    const limited = lineChart({ ...chart, yLimits: [0, 100] });
    const ticks = texts(limited).map(Number).filter(Number.isFinite);
    expect(Math.min(...ticks)).toBe(0);
    expect(Math.max(...ticks)).toBe(100);
    expect(texts(limited)).toEqual(expect.arrayContaining(['1', '2']));
    expect(texts(limited).some((text) => /^1\.\d/.test(text))).toBe(false);
    const one = lineChart({ ...plain, wholeX: true, series: [{ name: 'a', points: [[1, 5]] }] });
    expect(texts(one).filter((text) => text.startsWith('0.') || text.startsWith('1.'))).toEqual([]);
  });

  it('draws one path a series, its labels, and the axes labels', () => {
    const svg = lineChart({
      ...plain,
      title: 'Loss',
      series: [
        { name: 'scratch', points: ramp(30) },
        { name: 'nca', points: ramp(30, 0.5), dash: 'dashed' },
      ],
    });
    expectWellFormed(svg);
    expect(linePaths(svg)).toHaveLength(2);
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['Loss', 'tokens', 'nats per token', 'scratch 30.00', 'nca 15.50']),
    );
    expect(svg).toContain('stroke-dasharray="6 4"');
    expect(parse(svg).documentElement.getAttribute('viewBox')).toBe('0 0 720 320');
  });

  it('gives the same text for the same input', () => {
    const chart = { ...plain, series: [{ name: 'a', points: ramp(5) }] };
    expect(lineChart(chart)).toBe(lineChart(chart));
  });

  it('puts points where the scales say', () => {
    const svg = lineChart({
      ...plain,
      series: [
        {
          name: 'a',
          points: [
            [0, 1],
            [10, 3],
          ],
        },
      ],
    });
    const [x0, y0, x1, y1] = linePaths(svg)[0]!
      .match(/[\d.]+/g)!
      .map(Number) as [number, number, number, number];
    const ticks = [...parse(svg).querySelectorAll('[aria-label="y-axis tick label"] text')];
    const yOf = (value: string) =>
      Number(
        ticks
          .find((node) => node.textContent === value)
          .getAttribute('transform')
          .match(/,([\d.]+)\)/)[1],
      );
    expect(y0).toBeCloseTo(yOf('1.0'), 1);
    expect(y1).toBeCloseTo(yOf('3.0'), 1);
    expect(x1).toBeGreaterThan(x0);
  });

  it('breaks lines at points that are not finite, and marks single points', () => {
    const points: Point[] = [
      [0, 1],
      [1, 2],
      [2, Number.NaN],
      [3, 4],
      [4, null],
      [5, 2],
      [6, Number.POSITIVE_INFINITY],
    ];
    const svg = lineChart({ ...plain, series: [{ name: 'a', points }] });
    expect(linePaths(svg)).toHaveLength(1);
    expect(parse(svg).querySelectorAll('circle').length).toBe(4);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it('marks a series of one point with a dot', () => {
    const svg = lineChart({ ...plain, series: [{ name: 'a', points: [[7, 3]] }] });
    expect(linePaths(svg)).toHaveLength(0);
    expect(parse(svg).querySelectorAll('circle').length).toBe(1);
    expect(svg).not.toMatch(/NaN/);
  });

  it.each([
    ['no series', []],
    ['an empty series', [{ name: 'a', points: [] }]],
    ['nothing finite', [{ name: 'a', points: [[1, null]] as Point[] }]],
  ])('says that there is no data for %s', (_what, series) => {
    const svg = lineChart({ ...plain, title: 'Loss', series });
    expectWellFormed(svg);
    expect(texts(svg)).toEqual(expect.arrayContaining(['Loss', 'no data yet']));
  });

  it('leaves out what a logarithmic axis cannot show', () => {
    const svg = lineChart({
      ...plain,
      logX: true,
      logY: true,
      series: [
        {
          name: 'a',
          points: [
            [0, 5],
            [1, 4],
            [10, 0],
            [100, 3],
            [1000, 2],
          ],
        },
      ],
      references: [{ label: 'zero', value: 0 }],
    });
    expect(linePaths(svg)).toHaveLength(1);
    expect(svg).not.toMatch(/NaN|Infinity|zero/);
  });

  it('thins long curves, with their extremes kept', () => {
    const points: Point[] = Array.from({ length: 50_000 }, (_, i) => [i, Math.sin(i / 900)]);
    points[31_234] = [31_234, 40];
    const svg = lineChart({ ...plain, series: [{ name: 'a', points }] });
    const drawn = linePaths(svg)[0]!.split('L');
    expect(drawn.length).toBeGreaterThan(1000);
    expect(drawn.length).toBeLessThanOrEqual(2000);
    const heights = drawn.map((pair) => Number(pair.split(',')[1]));
    const middle = [...heights].sort((a, b) => a - b)[1000]!;
    expect(middle - Math.min(...heights)).toBeGreaterThan(150);
  });

  it('keeps labels apart, however close the lines end', () => {
    const series: LineSeries[] = Array.from({ length: 9 }, (_, k) => ({
      name: `arm ${k}`,
      points: [
        [0, 5],
        [100, 2 + k * 1e-4],
      ],
    }));
    const svg = lineChart({ ...plain, series, references: [{ label: 'unigram', value: 2 }] });
    const heights = [...parse(svg).querySelectorAll('.end-labels text')]
      .map((node) => Number(node.getAttribute('y')))
      .sort((a, b) => a - b);
    expect(heights).toHaveLength(10);
    for (let i = 1; i < heights.length; i++) {
      expect(heights[i]! - heights[i - 1]!).toBeGreaterThanOrEqual(15.9);
    }
    expect(heights[0]).toBeGreaterThan(0);
    expect(heights.at(-1)).toBeLessThan(320);
  });

  it('falls back to a legend for more labels than fit', () => {
    const series = Array.from({ length: 40 }, (_, k) => ({ name: `arm ${k}`, points: ramp(3, k) }));
    const svg = lineChart({ ...plain, series });
    expect(parse(svg).querySelectorAll('.head .swatch').length).toBe(40);
    expect(parse(svg).querySelectorAll('.end-labels text').length).toBe(0);
  });

  it('labels seeds of one arm once, in one color, without a number', () => {
    const svg = lineChart({
      ...plain,
      series: [1, 2, 3].map((seed) => ({ name: 'nca', points: ramp(20, seed) })),
    });
    expect(linePaths(svg)).toHaveLength(3);
    expect(texts(svg).filter((text) => text.startsWith('nca'))).toEqual(['nca']);
    expect(new Set(svg.match(/--series-\d/g))).toEqual(new Set(['--series-1']));
  });

  it('gives colors out in the order asked for', () => {
    const svg = lineChart({
      ...plain,
      series: [{ name: 'nca', points: ramp(20) }],
      colorOrder: ['scratch', 'nca'],
    });
    expect(new Set(svg.match(/--series-\d/g))).toEqual(new Set(['--series-2']));
  });

  it('counts in whole numbers where all x are whole, and in round ones otherwise', () => {
    const xTicks = (points: Point[]) =>
      [
        ...parse(lineChart({ ...plain, series: [{ name: 'a', points }] })).querySelectorAll(
          '[aria-label="x-axis tick label"] text',
        ),
      ].map((node) => node.textContent);
    expect(
      xTicks([
        [1, 1],
        [2, 2],
        [3, 1],
      ]),
    ).toEqual(['1', '2', '3']);
    expect(
      xTicks([
        [1, 1],
        [1.5, 2],
        [2, 1],
      ]).some((text) => text.includes('.')),
    ).toBe(true);
  });

  it('keeps what is not positive off logarithmic axes, bands too', () => {
    const points: Point[] = [
      [0, 2],
      [1, 3],
      [100, 4],
    ];
    const band = points.map(([x, y]) => [x, y! - 5, y! + 1] as const);
    const chart = { ...plain, logX: true, logY: true, series: [{ name: 'a', points, band }] };
    const svg = lineChart(chart);
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(texts(svg)).toEqual(expect.arrayContaining(['1', '10', '100']));
  });

  it('has a legend in place of labels where it is narrow, and references within the plot', () => {
    const chart = {
      ...plain,
      title: 'Loss',
      series: [
        { name: 'scratch', points: ramp(30) },
        { name: 'nca', points: ramp(30, 0.5) },
      ],
      references: [{ label: 'unigram', value: 20 }],
    };
    const narrow = parse(lineChart(chart, 320));
    expect(narrow.querySelectorAll('.end-labels text').length).toBe(0);
    expect(narrow.querySelectorAll('.head .swatch').length).toBe(2);
    const inner = [...narrow.querySelectorAll('.inner-labels text')];
    expect(inner.map((node) => node.textContent)).toEqual(['unigram 20.00']);
    expect(parse(lineChart(chart, 720)).querySelectorAll('.inner-labels text')).toHaveLength(0);
  });

  it('leaves title and legend to a page that writes them itself', () => {
    const series = Array.from({ length: 40 }, (_, k) => ({ name: `arm ${k}`, points: ramp(3, k) }));
    const svg = renderChart({ kind: 'line', ...plain, title: 'Loss', series }, { head: false });
    expect(texts(svg)).not.toContain('Loss');
    expect(texts(svg).some((text) => text.startsWith('arm'))).toBe(false);
    expect(parse(svg).documentElement.getAttribute('viewBox')).toBe('0 0 720 320');
  });

  it('takes hostile names for text', () => {
    const evil = '<script>alert(1)</script>&"\'\u0000';
    const svg = lineChart({
      title: evil,
      xLabel: evil,
      yLabel: evil,
      series: [{ name: evil, points: ramp(4) }],
      references: [{ label: evil, value: 2 }],
    });
    expectWellFormed(svg);
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('\u0000');
    expect(texts(svg).join(' ')).toContain('<script>alert(1)</script>&"\'');
  });

  it('refuses a size without room', () => {
    expect(() => lineChart({ ...plain, series: [] }, 50)).toThrow(UserError);
    expect(() => lineChart({ ...plain, series: [], height: Number.NaN })).toThrow(UserError);
  });
});

describe('barChart', () => {
  const categories = ['0', '1', '2'];

  it('draws a bar a finite value, as tall as the value', () => {
    const svg = barChart({
      xLabel: 'frame',
      yLabel: 'accuracy',
      percent: true,
      categories,
      series: [
        { name: 'model', values: [null, 0.2, 0.4] },
        { name: 'copy', values: [Number.NaN, 0.1, 0.1] },
      ],
    });
    expectWellFormed(svg);
    const bars = [...parse(svg).querySelectorAll('[aria-label="rect"] rect')];
    const heights = bars.map((bar) => Number(bar.getAttribute('height')));
    expect(heights).toHaveLength(4);
    expect(heights[1]! / heights[0]!).toBeCloseTo(2, 1);
    expect(heights[0]! / heights[2]!).toBeCloseTo(2, 1);
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['model', 'copy', 'frame', '20\u202f%', '1']),
    );
  });

  it('writes values over bars where they fit, with a true minus', () => {
    const svg = barChart({
      ...plain,
      categories: ['nca', 'dyck'],
      series: [{ name: 'difference', values: [-0.023, 0.01] }],
    });
    expect(texts(svg)).toEqual(expect.arrayContaining(['−0.023', '0.010', 'nca', 'dyck']));
  });

  it('writes only the category labels that fit', () => {
    const many = Array.from({ length: 200 }, (_, i) => `${i}`);
    const svg = barChart({
      ...plain,
      categories: many,
      series: [{ name: 'model', values: many.map(() => 1) }],
    });
    const labels = [...parse(svg).querySelectorAll('[aria-label="x-axis tick label"] text')];
    expect(labels.length).toBeGreaterThan(10);
    expect(labels.length).toBeLessThan(60);
  });

  it('says that there is no data', () => {
    expect(barChart({ ...plain, categories: [], series: [] })).toContain('no data yet');
    expect(
      barChart({ ...plain, categories, series: [{ name: 'a', values: [null, null, null] }] }),
    ).toContain('no data yet');
  });

  it('draws zeros without a fault', () => {
    const svg = barChart({ ...plain, categories, series: [{ name: 'a', values: [0, 0, 0] }] });
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it('refuses series that do not match the categories', () => {
    expect(() =>
      barChart({ ...plain, categories, series: [{ name: 'model', values: [1] }] }),
    ).toThrow(/"model" has 1 values for 3 categories/);
  });
});
