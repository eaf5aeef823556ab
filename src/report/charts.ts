// Line and bar charts as SVG text, drawn without a browser. Colours follow the page's light or dark scheme.

import * as Plot from '@observablehq/plot';
import { UserError } from '../core/index.ts';
import {
  chartSize,
  createChartDocument,
  dashPattern,
  drawAxes,
  drawEmptyChart,
  drawHead,
  drawReference,
  FONT_SIZE,
  formatTick,
  headHeight,
  LINE_HEIGHT,
  renderPlot,
  SOFT_INK,
  shortLabel,
  tickMargin,
} from './chart-canvas.ts';
import { drawEndLabels, type EndLabel, endLabelMargin } from './end-labels.ts';
import { cleanText, formatNumber, formatPercent } from './format.ts';
import { estimateTextWidth } from './label-layout.ts';
import { seriesStyles } from './palette.ts';
import {
  cutToRange,
  extentOf,
  type FinitePoint,
  padExtent,
  splitAtGaps,
  thinPoints,
} from './points.ts';
import type { BarChart, LineChart, Reference } from './types.ts';

/** Points drawn of one curve, at most; longer ones are thinned, extremes kept. */
const POINT_LIMIT = 2000;
/** Curves of up to this many points show each of them. */
const DOT_LIMIT = 16;
/** Bars are no wider than this, in pixels. */
const WIDEST_BAR = 72;
const MARGIN_BOTTOM = 44;
/** Between head and plot: the label of the y axis stands there. */
const Y_LABEL_HEIGHT = 28;

/**
 * A line chart as SVG text. Labels stand at the ends of the lines, spread so that they do not
 * overlap; where they would not fit, a legend at the top takes their place.
 * No drawable point at all gives a figure that says "no data yet".
 *
 * @throws UserError when width or height leave no room
 */
export function lineChart(chart: LineChart): string {
  const size = chartSize(chart.width, chart.height);
  const { logX = false, logY = false, yLimits = [-Infinity, Infinity] } = chart;
  const styles = seriesStyles(
    chart.series.map(({ name }) => name),
    chart.colorOrder,
  );
  const lines = chart.series
    .map(({ points, ...series }) => {
      const whole = splitAtGaps(points, logX, logY);
      const pieces = chart.yRange
        ? whole.flatMap((piece) => cutToRange(piece, chart.yRange!))
        : whole;
      const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
      const share = total > POINT_LIMIT ? POINT_LIMIT / total : 1;
      return {
        ...series,
        style: styles.get(series.name)!,
        total,
        pieces: pieces.map((piece) =>
          thinPoints(piece, Math.max(4, Math.floor(piece.length * share))),
        ),
      };
    })
    .filter(({ total }) => total > 0);
  const all = lines.flatMap(({ pieces }) => pieces.flat());
  if (all.length === 0) return drawEmptyChart(chart.title, size);

  const references = drawableReferences(chart.references, logY);
  // What is cut off at the range of y keeps its place along x.
  const xExtent = extentOf([
    ...all.map(([x]) => x),
    ...lines.flatMap(({ band = [] }) => band.map(([x]) => x)),
  ])!;
  const yExtent = extentOf([
    ...all.map(([, y]) => y),
    ...lines.flatMap(({ band = [] }) =>
      band.flatMap(([, ...bounds]) => bounds.map((value) => clamp(value, yLimits))),
    ),
    ...references.map(({ value }) => value),
  ])!;
  const xDomain = xExtent[0] < xExtent[1] ? xExtent : padExtent(xExtent, 0, logX);
  const padded = padExtent(yExtent, 0.06, logY);
  const yDomain = chart.yRange ?? [clamp(padded[0], yLimits), clamp(padded[1], yLimits)];

  const names = [...new Set(lines.map(({ name }) => name))];
  const ends: EndLabel[] = names.map((name) => {
    const named = lines.filter((line) => line.name === name);
    const faint = named.some((line) => line.faint === true);
    const last = named.map((line) => line.pieces.at(-1)!.at(-1)!);
    const y = last.reduce((sum, point) => sum + point[1], 0) / last.length;
    const x = Math.max(...last.map((point) => point[0]));
    // One number beside a bundle of lines, or beside noise, would pass for a result of its own.
    const value = last.length === 1 && !faint ? formatEnd(y) : '';
    return { name, value, x, y, color: styles.get(name)!.color };
  });
  const unlabelled = chart.unlabelled === true;
  const referenceEnds = unlabelled ? [] : referenceLabels(references, xDomain[1], formatEnd);
  const plotHeight = size.height - MARGIN_BOTTOM - Y_LABEL_HEIGHT;
  const crowded =
    !unlabelled &&
    (ends.length + referenceEnds.length) * LINE_HEIGHT >
      plotHeight - headHeight(chart.title, [], size.width);
  const legend = crowded ? ends.map(({ name, color }) => ({ name, color })) : [];
  const labels = crowded || unlabelled ? referenceEnds : [...ends, ...referenceEnds];
  const head = headHeight(chart.title, legend, size.width);

  const document = createChartDocument();
  // A chart whose legend is taller than it is grows, so that the plot keeps its height.
  const height = crowded ? size.height + head : size.height;
  return renderPlot(document, chart.title ?? `${chart.yLabel} by ${chart.xLabel}`, {
    width: size.width,
    height,
    marginTop: head + Y_LABEL_HEIGHT,
    marginLeft: tickMargin(yDomain),
    marginBottom: MARGIN_BOTTOM,
    marginRight: Math.min(size.width * 0.45, endLabelMargin(labels)),
    x: { type: logX ? 'log' : 'linear', domain: xDomain },
    y: { type: logY ? 'log' : 'linear', domain: yDomain },
    marks: [
      ...drawAxes(
        chart.xLabel,
        size.width,
        plotHeight,
        formatTick,
        chart.wholeX === true
          ? { ticks: wholeTicks(xDomain, size.width / 60), format: formatTick }
          : undefined,
      ),
      ...references.map(({ value }) => drawReference(value)),
      ...lines.flatMap(({ band = [], style }) =>
        band.length < 2
          ? []
          : [
              Plot.areaY(
                band.map(([x, low, high]) => [x, clamp(low, yDomain), clamp(high, yDomain)]),
                {
                  x: (p: Triple) => p[0],
                  y1: (p: Triple) => p[1],
                  y2: (p: Triple) => p[2],
                  fill: style.color,
                  fillOpacity: 0.18,
                },
              ),
            ],
      ),
      ...lines.flatMap((line) => {
        const stroke = {
          stroke: line.style.color,
          strokeOpacity: line.faint === true ? 0.4 : 1,
          strokeWidth: line.faint === true ? 1 : 2,
        };
        const dash = dashPattern(line.dashed, line.style);
        const dots =
          line.total <= DOT_LIMIT && line.faint !== true && !unlabelled
            ? line.pieces.flat()
            : line.pieces.filter((piece) => piece.length === 1).flat();
        return [
          ...line.pieces
            .filter((piece) => piece.length > 1)
            .map((piece) =>
              Plot.line(piece, {
                x: (p: FinitePoint) => p[0],
                y: (p: FinitePoint) => p[1],
                ...stroke,
                ...(dash === undefined ? {} : { strokeDasharray: dash }),
              }),
            ),
          Plot.dot(dots, {
            x: (p: FinitePoint) => p[0],
            y: (p: FinitePoint) => p[1],
            r: line.total === 1 ? 4 : 2.5,
            fill: line.style.color,
          }),
        ];
      }),
      (_index, scales, _values, dimensions) =>
        drawEndLabels(document, labels, scales as LinearScales, dimensions),
      () => drawHead(document, chart.title, legend, size.width, chart.yLabel),
    ],
  });
}

/**
 * A chart of grouped bars from zero as SVG text, with a legend where there are several series, and
 * values above the bars where they have room. No finite value at all gives "no data yet".
 *
 * @throws UserError when a series does not have one value a category, or width or height leave no room
 */
export function barChart(chart: BarChart): string {
  const size = chartSize(chart.width, chart.height);
  const count = chart.categories.length;
  for (const { name, values } of chart.series) {
    if (values.length !== count) {
      throw new UserError(
        `bar chart: series "${name}" has ${values.length} values for ${count} categories`,
        { hint: 'give one value a category, null where there is none' },
      );
    }
  }
  const names = chart.series.map(({ name }) => name);
  const styles = seriesStyles(names, chart.colorOrder);
  const shown = chart.series.filter(({ values }) => values.some(isFiniteNumber));
  if (shown.length === 0) return drawEmptyChart(chart.title, size);

  const references = drawableReferences(chart.references, false);
  const [low, high] = extentOf([
    0,
    ...shown.flatMap(({ values }) => values.filter(isFiniteNumber)),
    ...references.map((r) => r.value),
  ])!;
  const air = (high - low || 1) * 0.08;
  const yDomain: [number, number] = [
    low < 0 ? low - air : 0,
    high > 0 || low === 0 ? high + air : 0,
  ];

  const document = createChartDocument();
  const legend =
    shown.length > 1 ? shown.map(({ name }) => ({ name, color: styles.get(name)!.color })) : [];
  const head = headHeight(chart.title, legend, size.width);
  const height = size.height;
  const format = (value: number) =>
    chart.percent === true ? formatPercent(value, value * 100 < 9.95 ? 1 : 0) : formatEnd(value);
  const labels = referenceLabels(references, count, format);
  const marginRight = Math.min(size.width * 0.45, endLabelMargin(labels));
  const slot = (size.width - tickMargin(yDomain) - marginRight) / count;
  const barWidth = Math.min(0.76 / shown.length, WIDEST_BAR / slot);
  const bars = shown.flatMap(({ name, values }, s) =>
    values.flatMap((value, i) => {
      if (!isFiniteNumber(value)) return [];
      const left = i + 0.5 + (s - shown.length / 2) * barWidth;
      return [{ left, right: left + barWidth, value, color: styles.get(name)!.color }];
    }),
  );
  const widest = Math.max(...bars.map(({ value }) => estimateTextWidth(format(value), 11)));
  const valuesFit = slot * barWidth >= widest - 1;
  const every = Math.ceil(
    (Math.max(...chart.categories.map((name) => estimateTextWidth(name, FONT_SIZE))) + 6) / slot,
  );
  return renderPlot(document, chart.title ?? `${chart.yLabel} by ${chart.xLabel}`, {
    width: size.width,
    height,
    marginTop: head + Y_LABEL_HEIGHT,
    marginLeft: tickMargin(yDomain),
    marginBottom: MARGIN_BOTTOM,
    marginRight,
    x: { type: 'linear', domain: [0, count] },
    y: { type: 'linear', domain: yDomain },
    marks: [
      ...drawAxes(
        chart.xLabel,
        size.width,
        height - head - MARGIN_BOTTOM - Y_LABEL_HEIGHT,
        chart.percent === true ? (v) => `${Number((v * 100).toPrecision(6))}%` : formatTick,
        {
          ticks: chart.categories.map((_, i) => i + 0.5).filter((_, i) => i % every === 0),
          format: (position) => cleanText(shortLabel(chart.categories[Math.floor(position)] ?? '')),
        },
      ),
      Plot.rect(bars, {
        x1: 'left',
        x2: 'right',
        y1: 0,
        y2: 'value',
        fill: 'color',
        insetLeft: slot * barWidth > 5 ? 1 : 0,
      }),
      ...(valuesFit
        ? [
            ...[-1, 1].map((side) =>
              Plot.text(
                bars.filter(({ value }) => (value < 0 ? -1 : 1) === side),
                {
                  x: (b) => (b.left + b.right) / 2,
                  y: 'value',
                  text: (b) => format(b.value),
                  dy: -7 * side,
                  fontSize: 11,
                  fontVariant: 'tabular-nums',
                },
              ),
            ),
          ]
        : []),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.6 }),
      ...references.map(({ value }) => drawReference(value)),
      (_index, scales, _values, dimensions) =>
        drawEndLabels(document, labels, scales as LinearScales, dimensions),
      () => drawHead(document, chart.title, legend, size.width, chart.yLabel),
    ],
  });
}

/** Whole numbers of a domain, evenly spaced, `most` of them or fewer. */
function wholeTicks([low, high]: readonly [number, number], most: number): number[] {
  const first = Math.ceil(low);
  const count = Math.floor(high) - first + 1;
  const step = Math.ceil(count / Math.max(2, most));
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => first + i * step);
}

type Triple = readonly number[];

function clamp(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}

/** Both axes of these charts are numeric. */
type LinearScales = Parameters<typeof drawEndLabels>[2];

function referenceLabels(
  references: readonly { label: string; value: number }[],
  x: number,
  format: (value: number) => string,
): EndLabel[] {
  return references.map(({ label, value }) => ({
    name: label,
    value: format(value),
    x,
    y: value,
    color: SOFT_INK,
  }));
}

function drawableReferences(
  references: readonly Reference[] | undefined,
  logarithmic: boolean,
): { label: string; value: number }[] {
  return (references ?? []).flatMap(({ label, value }) =>
    isFiniteNumber(value) && !(logarithmic && value <= 0) ? [{ label, value }] : [],
  );
}

function isFiniteNumber(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}

/** Three digits after the point where they mean something, as tables have them. */
function formatEnd(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e4) return formatTick(Number(value.toPrecision(3)));
  if (size > 0 && size < 5e-4) return formatTick(Number(value.toPrecision(2)));
  return formatNumber(value, size >= 100 ? 0 : size >= 10 ? 2 : 3);
}
