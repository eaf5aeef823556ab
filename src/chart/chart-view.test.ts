import { describe, expect, it } from 'vitest';
import { applyView, initialView, listChoices, toggleName } from './chart-view.ts';
import { styleLines } from './legend.ts';
import type { LineChart, Point } from './spec.ts';

const ramp = (count: number, from: number): Point[] =>
  Array.from({ length: count }, (_, i) => [i, from + i]);
const chart = (series: LineChart['series'], more: Partial<LineChart> = {}): LineChart => ({
  kind: 'line',
  xLabel: 'tokens',
  yLabel: 'nats',
  series,
  ...more,
});

describe('listChoices', () => {
  it('offers logarithmic axes where values allow them, zeros of x apart', () => {
    const positive = chart([{ name: 'a', points: ramp(5, 1) }]);
    expect(listChoices(positive)).toEqual({
      series: [],
      logX: true,
      logY: true,
      smoothing: false,
    });
    const withZero = chart([{ name: 'a', points: ramp(5, 0) }]);
    expect(listChoices(withZero)).toMatchObject({ logX: true, logY: false });
    const backwards = chart([
      { name: 'a', points: ramp(5, 1).map(([x, y]) => [x - 2, y] as const) },
    ]);
    expect(listChoices(backwards)).toMatchObject({ logX: false, logY: true });
    expect(listChoices({ ...positive, yRange: [0, 9] }).logY).toBe(false);
  });

  it('offers to smooth long curves, and to hide one of several', () => {
    const long = chart([
      { name: 'a', points: ramp(50, 1) },
      { name: 'b', points: ramp(5, 1) },
      { name: 'a', points: ramp(5, 1) },
    ]);
    expect(listChoices(long)).toMatchObject({ smoothing: true, series: ['a', 'b'] });
  });
});

describe('toggleName', () => {
  it('hides and shows, and leaves no chart without a series', () => {
    expect(toggleName([], 'a', 3)).toEqual(['a']);
    expect(toggleName(['a'], 'b', 3)).toEqual(['a', 'b']);
    expect(toggleName(['a', 'b'], 'a', 3)).toEqual(['b']);
    expect(toggleName(['a', 'b'], 'c', 3)).toEqual([]);
  });
});

describe('applyView', () => {
  it('hides series without moving colors', () => {
    const spec = chart([
      { name: 'a', points: ramp(5, 1) },
      { name: 'b', points: ramp(5, 2) },
    ]);
    const shown = applyView(spec, { ...initialView(spec), hidden: ['a'], logY: true });
    expect(shown).toMatchObject({ colorOrder: ['a', 'b'], logY: true, series: [{ name: 'b' }] });
    expect((shown as LineChart).series).toHaveLength(1);
  });

  it('leaves a line without a color of its own as it is', () => {
    const spec = chart([{ name: 'drift', points: ramp(5, 1) }], {
      unlabelled: true,
      colorOrder: ['smt'],
    });
    expect(styleLines(applyView(spec, initialView(spec)) as LineChart)).toEqual(styleLines(spec));
  });

  it('puts the average in front of its raw curve, which is only a backdrop', () => {
    const points = ramp(60, 1);
    const spec = chart([
      { name: 'a', points },
      { name: 'short', points: ramp(3, 1) },
    ]);
    const { series } = applyView(spec, { ...initialView(spec), smoothing: 0.9 }) as LineChart;
    expect(series.map(({ name, background }) => [name, background === true])).toEqual([
      ['a', true],
      ['a', false],
      ['short', false],
    ]);
    expect(series[0]!.points).toBe(points);
    expect(series[1]!.points.at(-1)![1]).toBeLessThan(60);
    expect(series[2]!.points).toBe(spec.series[1]!.points);
  });

  it('hides series of bars', () => {
    const spec = {
      kind: 'bar',
      xLabel: 'x',
      yLabel: 'y',
      categories: ['0'],
      series: [
        { name: 'a', values: [1] },
        { name: 'b', values: [2] },
      ],
    } as const;
    const shown = applyView(spec, { ...initialView(spec), hidden: ['a'] });
    expect(shown).toMatchObject({ colorOrder: ['a', 'b'], series: [{ name: 'b' }] });
  });
});
