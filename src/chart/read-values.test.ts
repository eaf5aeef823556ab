import { describe, expect, it } from 'vitest';
import { findNearestStop, listStops, readValues } from './read-values.ts';
import type { LineChart } from './spec.ts';

const chart: LineChart = {
  kind: 'line',
  xLabel: 'steps',
  yLabel: 'nats',
  series: [
    {
      name: 'a',
      points: [
        [0, 4],
        [10, 3],
        [20, null],
        [30, 2],
      ],
    },
    {
      name: 'b',
      points: [
        [12, 7],
        [28, 6],
      ],
    },
    { name: 'a', points: [[10, 99]], background: true },
  ],
};

describe('listStops', () => {
  it('lists each x that has a value, once and in order', () => {
    expect(listStops(chart)).toEqual([0, 10, 12, 28, 30]);
    expect(listStops({ ...chart, logX: true })).toEqual([10, 12, 28, 30]);
  });
});

describe('findNearestStop', () => {
  it('measures on the scale of the picture', () => {
    const stops = [1, 10, 1000];
    expect(findNearestStop(stops, 60, (x) => x)).toBe(1);
    expect(findNearestStop(stops, Math.log(120), Math.log)).toBe(2);
    expect(findNearestStop(stops, -5, (x) => x)).toBe(0);
    expect(findNearestStop(stops, 5000, (x) => x)).toBe(2);
    expect(findNearestStop([], 0, (x) => x)).toBe(-1);
  });
});

describe('readValues', () => {
  it('gives the values of all curves that reach the stop, and where they were measured', () => {
    const reading = readValues(chart, 12)!;
    expect(reading.heading).toBe('steps 12');
    expect(reading.values.map(({ name, text }) => [name, text])).toEqual([
      ['a', '3.000 at 10'],
      ['b', '7.000'],
    ]);
    expect(reading.values[0]!.color).not.toBe(reading.values[1]!.color);
    expect(readValues(chart, 0)!.values.map(({ name }) => name)).toEqual(['a']);
  });

  it('gives the bars of a group', () => {
    const bars = {
      kind: 'bar',
      xLabel: 'frame',
      yLabel: 'accuracy',
      percent: true,
      categories: ['3', '4'],
      series: [
        { name: 'model', values: [0.5, 0.25] },
        { name: 'copy', values: [0.1, null] },
      ],
    } as const;
    expect(listStops(bars)).toEqual([0.5, 1.5]);
    const reading = readValues(bars, 1.5)!;
    expect(reading.heading).toBe('frame 4');
    expect(reading.values.map(({ name, text }) => [name, text])).toEqual([
      ['model', '25.0\u202f%'],
    ]);
  });
});
