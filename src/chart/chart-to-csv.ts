// The data of a chart as a table that any program reads.

import type { BarChart, CellGrid, ChartSpec, IntervalChart, LineChart } from './spec.ts';

type Value = string | number | null | undefined;

/**
 * A chart's data as comma-separated values with a header (RFC 4180, lines end in CRLF): one row per point, bar, estimate or
 * cell. What has no value is empty. References are series without x, bounds of bands stand beside their points.
 */
export function chartToCsv(spec: ChartSpec): string {
  return listRows(spec)
    .map((row) => `${row.map(writeValue).join(',')}\r\n`)
    .join('');
}

function listRows(spec: ChartSpec): Value[][] {
  switch (spec.kind) {
    case 'line':
      return listPoints(spec);
    case 'bar':
      return listBars(spec);
    case 'interval':
      return listEstimates(spec);
    case 'cells':
      return listCells(spec);
  }
}

function listPoints({ series, references = [], xLabel, yLabel }: LineChart): Value[][] {
  const hasBand = series.some(({ band = [] }) => band.length > 0);
  const bounds = (low?: number, high?: number): Value[] => (hasBand ? [low, high] : []);
  return [
    ['series', xLabel, yLabel, ...(hasBand ? ['low', 'high'] : [])],
    ...series.flatMap(({ name, points, band = [] }) => {
      const found = new Map(band.map(([x, low, high]) => [x, [low, high] as const]));
      return points.map(([x, y]): Value[] => [name, x, y, ...bounds(...(found.get(x) ?? []))]);
    }),
    ...references.map(({ label, value }): Value[] => [label, null, value, ...bounds()]),
  ];
}

function listBars({ categories, series, references = [], xLabel, yLabel }: BarChart): Value[][] {
  return [
    [xLabel, 'series', yLabel],
    ...categories.flatMap((category, i) =>
      series.map(({ name, values }): Value[] => [category, name, values[i]]),
    ),
    ...references.map(({ label, value }): Value[] => [null, label, value]),
  ];
}

function listEstimates({ rows, xLabel }: IntervalChart): Value[][] {
  return [
    ['label', `mean, ${xLabel}`, 'low', 'high', 'adjusted low', 'adjusted high', 'note'],
    ...rows.map(({ label, mean, interval, adjusted, note }): Value[] => [
      label,
      mean,
      interval?.[0],
      interval?.[1],
      adjusted?.[0],
      adjusted?.[1],
      note,
    ]),
  ];
}

function listCells({ rows, rowLabels, columnLabels, xLabel, yLabel }: CellGrid): Value[][] {
  return [
    [yLabel || 'row', xLabel || 'column', 'value', 'hint'],
    ...rows.flatMap((row, r) =>
      row.map((cell, c): Value[] => [rowLabels[r], columnLabels[c], cell?.text, cell?.hint]),
    ),
  ];
}

function writeValue(value: Value): string {
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : '';
  const text = value ?? '';
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
