import { describe, expect, it } from 'vitest';
import { listLegend, shareColors, styleLines } from './legend.ts';
import type { LineChart } from './spec.ts';

const points = [
  [0, 1],
  [1, 2],
] as const;
const chart = (series: Omit<LineChart['series'][number], 'points'>[], more = {}): LineChart => ({
  kind: 'line',
  xLabel: 'x',
  yLabel: 'y',
  series: series.map((one) => ({ ...one, points })),
  ...more,
});
const colors = (spec: LineChart) =>
  Object.fromEntries([...styleLines(spec)].map(([name, { color }]) => [name, color.slice(6, 14)]));

describe('shareColors', () => {
  it('gives a name one color in all charts, whatever else they show', () => {
    const [first, second] = shareColors([
      chart([{ name: 'smt' }, { name: 'bptt' }]),
      chart([{ name: 'bptt' }, { name: 'n-grams' }]),
    ]) as [LineChart, LineChart];
    expect(colors(first)).toMatchObject({ smt: 'series-1', bptt: 'series-2' });
    expect(colors(second)).toMatchObject({ bptt: 'series-2', 'n-grams': 'series-3' });
  });

  it('takes the order that a chart asks for', () => {
    const [first] = shareColors([chart([{ name: 'b' }], { colorOrder: ['a', 'b'] })]) as [
      LineChart,
    ];
    expect(colors(first).b).toBe('series-2');
  });

  it('gives no color to a line that is alone in its chart and nowhere else', () => {
    const [, alone, known] = shareColors([
      chart([{ name: 'smt' }, { name: 'bptt' }]),
      chart([{ name: 'decode' }], { unlabelled: true }),
      chart([{ name: 'bptt' }], { unlabelled: true }),
    ]) as [LineChart, LineChart, LineChart];
    expect(colors(alone).decode).toBe('series-n');
    expect(colors(known).bptt).toBe('series-2');
  });
});

describe('listLegend', () => {
  it('tells lines of one subject by their dash', () => {
    const legend = listLegend(
      chart([
        { name: 'smt, after source', colorOf: 'smt', dash: 'dashed' },
        { name: 'smt, after text', colorOf: 'smt' },
        { name: 'bptt, after text', colorOf: 'bptt' },
      ]),
    );
    expect(legend.map(({ name }) => name)).toEqual([
      'smt, after source',
      'smt, after text',
      'bptt, after text',
    ]);
    expect(legend[0]!.color).toBe(legend[1]!.color);
    expect(legend[0]!.color).not.toBe(legend[2]!.color);
    expect(legend.map(({ dash }) => dash)).toEqual(['6 4', undefined, undefined]);
  });

  it('has one entry for lines of one name, and none where the title says it all', () => {
    expect(listLegend(chart([{ name: 'a' }, { name: 'a' }])).map(({ name }) => name)).toEqual([
      'a',
    ]);
    expect(listLegend(chart([{ name: 'a' }, { name: 'b' }], { unlabelled: true }))).toEqual([]);
  });
});
