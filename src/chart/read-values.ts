// What stands at a place of a chart: the values of all series at one x, or of one group of bars.

import { formatEnd, formatPercent, formatTick } from './format.ts';
import { styleLines } from './legend.ts';
import { seriesStyles, subjectOf } from './palette.ts';
import { isFiniteNumber } from './references.ts';
import type { BarChart, ChartSpec, LineChart } from './spec.ts';

export type Reading = {
  /** In units of the axis of x. */
  readonly x: number;
  /** `tokens 1.5M` */
  readonly heading: string;
  readonly values: readonly {
    readonly name: string;
    readonly color: string;
    readonly text: string;
    /** Where it lies on the axis of y. */
    readonly y: number;
    /** The x that it was measured at; it may differ from that of the others. */
    readonly x: number;
  }[];
};

/** The values of x that can be read, in ascending order: those of points, or the middles of groups of bars. */
export function listStops(spec: ChartSpec): number[] {
  if (spec.kind === 'bar') return spec.categories.map((_, i) => i + 0.5);
  if (spec.kind !== 'line') return [];
  const found = new Set<number>();
  for (const { points } of spec.series) {
    for (const [x, y] of points) {
      if (Number.isFinite(x) && isFiniteNumber(y) && (spec.logX !== true || x > 0)) found.add(x);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** The index of the stop that is nearest to a place, measured on the scale that `scale` maps to; -1 where there is none. */
export function findNearestStop(
  stops: readonly number[],
  place: number,
  scale: (x: number) => number,
): number {
  let low = 0;
  let high = stops.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (scale(stops[middle]!) <= place) low = middle;
    else high = middle;
  }
  if (high < 0) return -1;
  const distance = (index: number) => Math.abs(scale(stops[index]!) - place);
  return distance(high) < distance(low) ? high : low;
}

/** The values of all series at a stop; of curves that have no point there, the point nearest to it within their ends. */
export function readValues(spec: ChartSpec, stop: number): Reading | null {
  if (spec.kind === 'line') return readLines(spec, stop);
  if (spec.kind === 'bar') return readBars(spec, stop);
  return null;
}

function readLines(chart: LineChart, stop: number): Reading {
  const { series, xLabel } = chart;
  const styles = styleLines(chart);
  return {
    x: stop,
    heading: `${xLabel} ${formatTick(stop)}`,
    values: series.flatMap(({ name, colorOf = name, points, background }) => {
      if (background === true) return [];
      let nearest: readonly [number, number] | undefined;
      let isReached = false;
      let isPassed = false;
      for (const [x, y] of points) {
        if (!Number.isFinite(x) || !isFiniteNumber(y)) continue;
        if (x <= stop) isReached = true;
        if (x >= stop) isPassed = true;
        if (!nearest || Math.abs(x - stop) < Math.abs(nearest[0] - stop)) nearest = [x, y];
      }
      if (!nearest || !isReached || !isPassed) return [];
      const [x, y] = nearest;
      const at = x === stop ? '' : ` at ${formatTick(x)}`;
      return [{ name, color: styles.get(colorOf)!.color, text: `${formatEnd(y)}${at}`, x, y }];
    }),
  };
}

function readBars(
  { categories, series, percent, xLabel, colorOrder }: BarChart,
  stop: number,
): Reading {
  const styles = seriesStyles(series.map(subjectOf), colorOrder);
  const format = percent === true ? formatPercent : formatEnd;
  const index = Math.floor(stop);
  return {
    x: stop,
    heading: `${xLabel} ${categories[index] ?? ''}`,
    values: series.flatMap((one) => {
      const y = one.values[index] ?? null;
      if (!isFiniteNumber(y)) return [];
      const { color } = styles.get(subjectOf(one))!;
      return [{ name: one.name, color, text: format(y), x: stop, y }];
    }),
  };
}
