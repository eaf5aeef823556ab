// What a reader has chosen to see of a chart.

import { subjectOf } from './palette.ts';
import { isFiniteNumber } from './references.ts';
import { smoothPoints } from './smooth-points.ts';
import type { BarChart, ChartSpec, LineChart } from './spec.ts';

export type ChartView = {
  /** Names of series that are not shown. */
  readonly hidden: readonly string[];
  readonly logX: boolean;
  readonly logY: boolean;
  /** Weight of the past in the moving average, from 0 (none) to below 1. */
  readonly smoothing: number;
};

/** What can be chosen for a chart. */
export type ViewChoices = {
  /** Names of series that can be hidden; none where there is only one. */
  readonly series: readonly string[];
  readonly logX: boolean;
  readonly logY: boolean;
  readonly smoothing: boolean;
};

/** Curves of fewer points are not worth smoothing. */
const LEAST_POINTS = 50;

/** The view with which a chart begins. */
export function initialView(spec: ChartSpec): ChartView {
  const line = spec.kind === 'line' ? spec : undefined;
  return { hidden: [], logX: line?.logX === true, logY: line?.logY === true, smoothing: 0 };
}

/** A logarithmic axis can be chosen where it leaves nothing out but zeros of x. */
export function listChoices(spec: ChartSpec): ViewChoices {
  const names =
    spec.kind === 'line' || spec.kind === 'bar'
      ? [...new Set(spec.series.map(({ name }) => name))]
      : [];
  const series = names.length > 1 ? names : [];
  if (spec.kind !== 'line') return { series, logX: false, logY: false, smoothing: false };
  const points = spec.series.flatMap((one) => one.points.filter(([, y]) => isFiniteNumber(y)));
  const positive = new Set(points.map(([x]) => x).filter((x) => x > 0));
  return {
    series,
    logX: spec.logX === true || (positive.size > 1 && points.every(([x]) => x >= 0)),
    logY:
      spec.logY === true ||
      (points.length > 1 && points.every(([, y]) => y! > 0) && (spec.yRange?.[0] ?? 1) > 0),
    smoothing: spec.series.some((one) => one.points.length >= LEAST_POINTS),
  };
}

/**
 * The hidden names after one more was chosen: shown again where it was hidden. Who hides the last of all sees all again.
 *
 * @param count of names that can be chosen
 */
export function toggleName(hidden: readonly string[], name: string, count: number): string[] {
  if (hidden.includes(name)) return hidden.filter((one) => one !== name);
  return hidden.length + 1 === count ? [] : [...hidden, name];
}

/** The chart as it is to be drawn. Series keep their colors, whatever is hidden. */
export function applyView(spec: ChartSpec, view: ChartView): ChartSpec {
  const isShown = ({ name }: { readonly name: string }) => !view.hidden.includes(name);
  if (spec.kind === 'bar') {
    return { ...spec, ...keepColors(spec), series: spec.series.filter(isShown) };
  }
  if (spec.kind !== 'line') return spec;
  const shown = spec.series.filter(isShown);
  return {
    ...spec,
    ...keepColors(spec),
    logX: view.logX,
    logY: view.logY,
    series: view.smoothing > 0 ? shown.flatMap((one) => smoothSeries(one, view.smoothing)) : shown,
  };
}

/** A curve with its moving average in its place, and itself faintly behind. */
function smoothSeries(series: LineChart['series'][number], weight: number) {
  if (series.points.length < LEAST_POINTS) return [series];
  const { band: _band, ...raw } = series;
  return [
    { ...raw, faint: true, background: true },
    { ...series, faint: false, points: smoothPoints(series.points, weight) },
  ];
}

/** Names in the order in which they have colors now, so that hiding one does not move the others. */
function keepColors(spec: LineChart | BarChart): { readonly colorOrder?: readonly string[] } {
  const { colorOrder = [] } = spec;
  if (spec.kind === 'line' && spec.unlabelled === true) {
    return spec.colorOrder === undefined ? {} : { colorOrder };
  }
  return { colorOrder: [...new Set([...colorOrder, ...spec.series.map(subjectOf)])] };
}
