// Line charts: curves with bands and references. Colors follow the page's light or dark scheme.

import * as Plot from '@observablehq/plot';
import {
  type Canvas,
  chartSize,
  dashPattern,
  drawAxes,
  drawEmptyChart,
  drawHead,
  drawPlot,
  drawReference,
  headHeight,
  LINE_HEIGHT,
  MARGIN_BOTTOM,
  type SvgNode,
  tickMargin,
  Y_LABEL_HEIGHT,
} from './canvas.ts';
import { drawEndLabels, type EndLabel, endLabelMargin, type LinearScales } from './end-labels.ts';
import { formatEnd, formatTick } from './format.ts';
import { seriesStyles } from './palette.ts';
import {
  cutToRange,
  extentOf,
  type FinitePoint,
  padExtent,
  splitAtGaps,
  thinPoints,
} from './points.ts';
import { drawableReferences, referenceLabels } from './references.ts';
import type { LineChart } from './spec.ts';

/** Points drawn of one curve, at most; longer ones are thinned, extremes kept. */
const POINT_LIMIT = 2000;
/** Curves of up to this many points show each of them. */
const DOT_LIMIT = 16;

/**
 * A line chart. Labels stand at the ends of the lines, spread so that they do not
 * overlap; where they would not fit, a legend at the top takes their place.
 * No drawable point at all gives a figure that says "no data yet".
 *
 * @throws UserError when width or height leave no room
 */
export function drawLineChart(chart: LineChart, { document, width }: Canvas): SvgNode {
  const size = chartSize(width, chart.height);
  const { logX = false, logY = false } = chart;
  const yLimits = [chart.yLimits?.[0] ?? -Infinity, chart.yLimits?.[1] ?? Infinity] as const;
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
  if (all.length === 0) return drawEmptyChart(document, chart.title, size);

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

  // A chart whose legend is taller than it is grows, so that the plot keeps its height.
  const height = crowded ? size.height + head : size.height;
  return drawPlot(document, chart.title ?? `${chart.yLabel} by ${chart.xLabel}`, {
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
