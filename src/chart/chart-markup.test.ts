import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { chartMarkup } from './chart-markup.ts';
import { CHART_STYLE, CHART_WIDTHS } from './chart-style.ts';
import { chartToCsv } from './chart-to-csv.ts';
import { renderChart } from './render-chart.ts';
import type { ChartSpec, LineChart } from './spec.ts';

const evil = '</script><script>alert(1)</script>&"\'#% é\ud800';
const line: LineChart = {
  kind: 'line',
  title: 'Loss by tokens',
  xLabel: 'tokens',
  yLabel: 'nats',
  series: [
    {
      name: evil,
      points: [
        [0, 1 / 3],
        [1, Number.NaN],
        [2, 5],
      ],
    },
    { name: 'b', points: Array.from({ length: 60 }, (_, i) => [i, 1 + i] as const) },
  ],
  references: [{ label: 'unigram', value: 3 }],
};
const bar: ChartSpec = {
  kind: 'bar',
  title: 'Accuracy',
  xLabel: 'frame',
  yLabel: 'share',
  categories: ['0', '1'],
  series: [{ name: 'model', values: [0.5, 1] }],
};
const interval: ChartSpec = {
  kind: 'interval',
  title: 'Differences',
  xLabel: 'nats',
  rows: [{ label: 'a cell with a long name', mean: 1, interval: [0.5, 1.5], note: 'p 0.012' }],
};
const cells: ChartSpec = {
  kind: 'cells',
  title: 'Archive',
  rowLabels: ['0'],
  columnLabels: ['0'],
  rows: [[{ color: 'red', strength: 1, text: '1' }]],
};

// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
function parse(markup: string): any {
  return parseHTML(`<!doctype html><html><body>${markup}</body></html>`).document;
}

describe('chartMarkup', () => {
  it('draws a chart for every width of its size, title and legend beside', () => {
    for (const spec of [line, bar, interval, cells]) {
      for (const [size, widths] of Object.entries(CHART_WIDTHS)) {
        const page = parse(chartMarkup(spec, size as keyof typeof CHART_WIDTHS, renderChart));
        const drawn = [...page.querySelectorAll('.chart-static > svg')];
        expect(drawn.map((svg) => Number(svg.getAttribute('width')))).toEqual(widths);
        expect(page.querySelector('.chart-title').textContent).toBe(spec.title);
        for (const svg of drawn) {
          const written = [...svg.querySelectorAll('text')].map((node) => node.textContent);
          expect(written).not.toContain(spec.title);
        }
      }
    }
  });

  it('writes nothing smaller than 12 pixels, which no page makes smaller than 11', () => {
    for (const spec of [line, bar, interval, cells]) {
      const sizes = [
        ...chartMarkup(spec, 'full', renderChart).matchAll(/font-size[:=]"?\s*([\d.]+)/g),
      ];
      expect(sizes.length).toBeGreaterThan(0);
      for (const [, size] of sizes) expect(Number(size)).toBeGreaterThanOrEqual(12);
    }
    // A drawing gives way to the next smaller one before it is scaled below 11/12.
    for (const widths of Object.values(CHART_WIDTHS)) {
      for (const larger of widths.slice(0, -1)) {
        const [, below] = CHART_STYLE.match(
          new RegExp(`max-width: (\\d+)px\\) \\{ \\.size-\\w+ \\.w${larger} \\{ display: none`),
        )!;
        expect((Number(below) + 1) / larger).toBeGreaterThanOrEqual(11 / 12);
      }
    }
  });

  it('carries the specification and the table, with names from outside as text', () => {
    const markup = chartMarkup(line, 'half', renderChart);
    expect(markup).not.toMatch(/<script>|<\/script>&/);
    const page = parse(markup);
    const spec: LineChart = JSON.parse(page.querySelector('script').textContent);
    expect(spec.series[0]!.name).toBe(evil);
    expect(spec.series[0]!.points).toEqual([
      [0, 0.333333333],
      [1, null],
      [2, 5],
    ]);
    const link = page.querySelector('.chart-csv');
    expect(link.getAttribute('download')).toBe('loss-by-tokens.csv');
    const [head, data] = link.getAttribute('href').split(/,(.*)/s);
    expect(head).toBe('data:text/csv;charset=utf-8');
    expect(decodeURIComponent(data)).toBe(chartToCsv(spec).replaceAll('\ud800', '\ufffd'));
  });

  it('has a place for what the script offers, out of use until then', () => {
    const page = parse(chartMarkup(line, 'full', renderChart));
    const controls = [...page.querySelectorAll('button, input')];
    expect(controls.map((control) => control.textContent)).toEqual([
      expect.stringContaining('alert(1)'),
      'b',
      'log x',
      'log y',
      '',
      'SVG',
      'PNG',
    ]);
    for (const control of controls) expect(control.hasAttribute('disabled')).toBe(true);
    const others = parse(chartMarkup(interval, 'full', renderChart));
    expect(
      [...others.querySelectorAll('button, input')].map(({ textContent }) => textContent),
    ).toEqual(['SVG', 'PNG']);
  });

  it('has fewer points of long curves in its link, which says so', () => {
    const points = Array.from({ length: 9000 }, (_, i) => [i, Math.sin(i)] as const);
    const long: LineChart = { ...line, series: [{ name: 'a', points }, ...line.series] };
    const link = parse(chartMarkup(long, 'full', renderChart)).querySelector('.chart-csv');
    const rows = decodeURIComponent(link.getAttribute('href')).split('\r\n');
    expect(rows.filter((row) => row.startsWith('a,')).length).toBe(2000);
    expect(link.getAttribute('title')).toContain('2000 points');
    const short = parse(chartMarkup(line, 'full', renderChart)).querySelector('.chart-csv');
    expect(short.hasAttribute('title')).toBe(false);
    expect(short.getAttribute('aria-label')).toBe('CSV of Loss by tokens');
  });
});
