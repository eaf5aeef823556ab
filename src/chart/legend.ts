// Names of series with their colors: for legends, and so that charts of a page agree.

import { dashPattern, type LegendEntry } from './canvas.ts';
import { NEUTRAL_SERIES, type SeriesStyle, seriesStyles, subjectOf } from './palette.ts';
import type { ChartSpec, LineChart } from './spec.ts';

/** How the lines of a chart look, by the name whose color they have. */
export function styleLines({
  series,
  colorOrder,
  unlabelled,
}: Pick<LineChart, 'series' | 'colorOrder' | 'unlabelled'>): Map<string, SeriesStyle> {
  const subjects = series.map(subjectOf);
  const styles = seriesStyles(subjects, colorOrder);
  if (unlabelled === true && colorOrder !== undefined) {
    for (const name of subjects) {
      if (!colorOrder.includes(name)) styles.set(name, { color: NEUTRAL_SERIES, round: 0 });
    }
  }
  return styles;
}

/** The names that a legend of a chart has: none for bars of one kind, or where the title says it all. */
export function listLegend(spec: ChartSpec): LegendEntry[] {
  if (spec.kind === 'bar') {
    const shown = spec.series.filter(({ values }) => values.some(Number.isFinite));
    const styles = seriesStyles(spec.series.map(subjectOf), spec.colorOrder);
    if (shown.length < 2) return [];
    return shown.map((one) => ({ name: one.name, color: styles.get(subjectOf(one))!.color }));
  }
  if (spec.kind !== 'line' || spec.unlabelled === true) return [];
  const styles = styleLines(spec);
  const entries = new Map<string, LegendEntry>();
  for (const { name, colorOf = name, dash, background, points } of spec.series) {
    if (background === true || entries.has(name) || points.length === 0) continue;
    const style = styles.get(colorOf)!;
    entries.set(name, { name, color: style.color, dash: dashPattern(dash, style) });
  }
  return [...entries.values()];
}

/** Charts of one page, with one color for each name in all of them, given out in the order of their first appearance. */
export function shareColors(specs: readonly ChartSpec[]): ChartSpec[] {
  const names = new Set<string>();
  for (const spec of specs) {
    if (spec.kind !== 'line' && spec.kind !== 'bar') continue;
    for (const name of spec.colorOrder ?? []) names.add(name);
    // Lines without a label have a color only where the name has one elsewhere.
    if (spec.kind === 'line' && spec.unlabelled === true) continue;
    for (const one of spec.series) names.add(subjectOf(one));
  }
  const colorOrder = [...names];
  return specs.map((spec) =>
    spec.kind === 'line' || spec.kind === 'bar' ? { ...spec, colorOrder } : spec,
  );
}
