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
  FONT_SIZE,
  headHeight,
  type LegendEntry,
  LINE_HEIGHT,
  MARGIN_BOTTOM,
  NARROW,
  type SvgNode,
  tickMargin,
  Y_LABEL_HEIGHT,
  Y_TICK_GAP,
} from './canvas.ts';
import {
  drawEndLabels,
  drawInnerLabels,
  type EndLabel,
  endLabelMargin,
  type LinearScales,
} from './end-labels.ts';
import { formatEnd, formatTick } from './format.ts';
import { estimateTextWidth } from './label-layout.ts';
import { listLegend, styleLines } from './legend.ts';
import type { SeriesStyle } from './palette.ts';
import {
  cutToRange,
  extentOf,
  type FinitePoint,
  padExtent,
  splitAtGaps,
  thinPoints,
} from './points.ts';
import { drawableReferences, referenceLabels } from './references.ts';
import type { LineChart, LineSeries } from './spec.ts';
import {
  extendToTicks,
  formatEvenly,
  placeLogTicks,
  placeTicks,
  placeWholeTicks,
} from './ticks.ts';

/** Points drawn of all curves per pixel of width, at most; longer ones are thinned, extremes kept. */
const POINTS_PER_PIXEL = 2;
/** Curves of up to this many points show each of them. */
const DOT_LIMIT = 16;
/** Pixels between labels of x, at least. */
const X_TICK_GAP = 32;

/**
 * A line chart. Labels stand at the ends of the lines, spread so that they do not overlap; where they would not fit, a
 * legend at the top takes their place. No drawable point at all gives a figure that says "no data yet".
 *
 * @throws UserError when width or height leave no room
 */
export function drawLineChart(chart: LineChart, canvas: Canvas): SvgNode {
  const { document, head: hasHead = true } = canvas;
  const size = chartSize(canvas.width, canvas.height ?? chart.height);
  const { logX = false, logY = false } = chart;
  const lines = prepareLines(chart, size.width);
  const title = hasHead ? chart.title : undefined;
  if (lines.length === 0) return drawEmptyChart(document, title, size);

  const references = drawableReferences(chart.references, logY);
  const { xDomain, yDomain: yExtent } = measureDomains(chart, lines, references);
  const labels = planLabels(chart, lines, references, xDomain[1], size, hasHead);
  const head = headHeight(title, labels.legend, size.width);
  // A chart whose legend is tall grows, so that the plot keeps its height.
  const height = size.height + headHeight(undefined, labels.legend, size.width);
  const plotHeight = height - head - MARGIN_BOTTOM - Y_LABEL_HEIGHT;
  const yMost = plotHeight / Y_TICK_GAP;
  const { domain: yDomain, ticks: yTicks } = placeYTicks(chart, yExtent, yMost);
  const formatY = logY ? formatTick : formatEvenly(yTicks);
  const marginLeft = tickMargin({ ticks: yTicks, format: formatY });
  const marginRight = Math.min(size.width * 0.45, endLabelMargin(labels.beside));
  const widest = Math.max(
    ...xDomain.map((x) => estimateTextWidth(formatTick(Number(x.toPrecision(2))), FONT_SIZE)),
  );
  const xMost = (size.width - marginLeft - marginRight) / (widest + X_TICK_GAP);
  const isWhole =
    chart.wholeX ?? lines.every(({ points }) => points.every(([x]) => Number.isInteger(x)));
  const placeX = logX ? placeLogTicks : isWhole ? placeWholeTicks : placeTicks;
  const xTicks = placeX(xDomain, xMost);

  return drawPlot(document, chart.title ?? `${chart.yLabel} by ${chart.xLabel}`, {
    width: size.width,
    height,
    marginTop: head + Y_LABEL_HEIGHT,
    marginLeft,
    marginBottom: MARGIN_BOTTOM,
    marginRight,
    x: { type: logX ? 'log' : 'linear', domain: xDomain },
    y: { type: logY ? 'log' : 'linear', domain: yDomain },
    marks: [
      ...drawAxes(
        chart.xLabel,
        { ticks: xTicks, format: logX ? formatTick : formatEvenly(xTicks), size: isWhole ? 0 : 5 },
        { ticks: yTicks, format: formatY },
      ),
      ...references.map(({ value }) => drawReference(value)),
      ...lines.flatMap((line) => drawBand(line, yDomain)),
      ...lines.flatMap((line) => drawLine(line, chart.unlabelled !== true)),
      (_index, scales, _values, dimensions) =>
        drawEndLabels(document, labels.beside, scales as LinearScales, dimensions),
      (_index, scales, _values, dimensions) =>
        drawInnerLabels(document, labels.inside, scales as LinearScales, dimensions),
      () => drawHead(document, title, labels.legend, size.width, chart.yLabel),
    ],
  });
}

/** Ticks of y, and the axis up to them where its range is not given. */
function placeYTicks(
  { logY, yRange, yLimits }: LineChart,
  extent: [number, number],
  most: number,
): { readonly domain: [number, number]; readonly ticks: readonly number[] } {
  if (logY === true) return { domain: extent, ticks: placeLogTicks(extent, most) };
  const ticks = placeTicks(extent, most);
  if (yRange) return { domain: extent, ticks };
  return extendToTicks(extent, ticks, [yLimits?.[0] ?? -Infinity, yLimits?.[1] ?? Infinity]);
}

type Line = Omit<LineSeries, 'band'> & {
  readonly style: SeriesStyle;
  /** The unbroken pieces of the curve, as they are drawn. */
  readonly pieces: readonly (readonly FinitePoint[])[];
  /** Points before thinning. */
  readonly total: number;
  readonly band: readonly (readonly [number, number, number])[];
};

/** Curves that have a point to draw. */
function prepareLines(chart: LineChart, width: number): Line[] {
  const { logX = false, logY = false, yRange } = chart;
  const styles = styleLines(chart);
  const limit = Math.min(2000, POINTS_PER_PIXEL * width);
  return chart.series
    .map(({ points, band = [], ...series }): Line => {
      const whole = splitAtGaps(points, logX, logY);
      const pieces = yRange ? whole.flatMap((piece) => cutToRange(piece, yRange)) : whole;
      const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
      const share = total > limit ? limit / total : 1;
      return {
        ...series,
        points,
        total,
        style: styles.get(series.colorOf ?? series.name)!,
        band: band.filter(([x, , high]) => !(logX && x <= 0) && !(logY && high <= 0)),
        pieces: pieces.map((piece) =>
          thinPoints(piece, Math.max(4, Math.floor(piece.length * share))),
        ),
      };
    })
    .filter(({ total }) => total > 0);
}

type Domains = { readonly xDomain: [number, number]; readonly yDomain: [number, number] };

function measureDomains(
  chart: LineChart,
  lines: readonly Line[],
  references: readonly { readonly value: number }[],
): Domains {
  const { logX = false, logY = false } = chart;
  const yLimits = [chart.yLimits?.[0] ?? -Infinity, chart.yLimits?.[1] ?? Infinity] as const;
  const all = lines.flatMap(({ pieces }) => pieces.flat());
  const bands = lines.flatMap(({ band }) => band);
  // What is cut off at the range of y keeps its place along x.
  const xExtent = extentOf([...all.map(([x]) => x), ...bands.map(([x]) => x)])!;
  const yExtent = extentOf([
    ...all.map(([, y]) => y),
    ...bands
      .flatMap(([, low, high]) => [clamp(low, yLimits), clamp(high, yLimits)])
      .filter((value) => !logY || value > 0),
    ...references.map(({ value }) => value),
  ])!;
  const padded = padExtent(yExtent, 0.06, logY);
  return {
    xDomain: xExtent[0] < xExtent[1] ? xExtent : padExtent(xExtent, 0, logX),
    yDomain: chart.yRange
      ? [chart.yRange[0], chart.yRange[1]]
      : [clamp(padded[0], yLimits), clamp(padded[1], yLimits)],
  };
}

type Labels = {
  readonly legend: readonly LegendEntry[];
  readonly beside: readonly EndLabel[];
  readonly inside: readonly EndLabel[];
};

/** Names go beside the lines where they have room, into the legend otherwise. */
function planLabels(
  chart: LineChart,
  lines: readonly Line[],
  references: Parameters<typeof referenceLabels>[0],
  xEnd: number,
  { width, height }: { readonly width: number; readonly height: number },
  hasHead: boolean,
): Labels {
  const referenceEnds = referenceLabels(references, xEnd, formatEnd);
  if (chart.unlabelled === true) return { legend: [], beside: [], inside: referenceEnds };
  const ends = listEnds(lines);
  const room = height - MARGIN_BOTTOM - Y_LABEL_HEIGHT - headHeight(chart.title, [], width);
  const isNarrow = width < NARROW;
  if (!isNarrow && (ends.length + referenceEnds.length) * LINE_HEIGHT <= room) {
    return { legend: [], beside: [...ends, ...referenceEnds], inside: [] };
  }
  return {
    legend: hasHead ? listLegend(chart) : [],
    beside: isNarrow ? [] : referenceEnds,
    inside: isNarrow ? referenceEnds : [],
  };
}

function listEnds(lines: readonly Line[]): EndLabel[] {
  const named = lines.filter(({ background }) => background !== true);
  return [...new Set(named.map(({ name }) => name))].map((name) => {
    const own = named.filter((line) => line.name === name);
    const isFaint = own.some((line) => line.faint === true);
    const last = own.map((line) => line.pieces.at(-1)!.at(-1)!);
    const y = last.reduce((sum, point) => sum + point[1], 0) / last.length;
    const x = Math.max(...last.map((point) => point[0]));
    // One number beside a bundle of lines, or beside noise, would pass for a result of its own.
    const value = last.length === 1 && !isFaint ? formatEnd(y) : '';
    return { name, value, x, y, color: own[0]!.style.color };
  });
}

function drawBand({ band, style }: Line, yDomain: readonly [number, number]): Plot.Markish[] {
  if (band.length < 2) return [];
  const cut = band.map(([x, low, high]) => [x, clamp(low, yDomain), clamp(high, yDomain)] as const);
  return [
    Plot.areaY(cut, {
      x: (p: Triple) => p[0],
      y1: (p: Triple) => p[1],
      y2: (p: Triple) => p[2],
      fill: style.color,
      fillOpacity: 0.18,
    }),
  ];
}

function drawLine(line: Line, hasDots: boolean): Plot.Markish[] {
  const { pieces, faint, total, style } = line;
  const isFaint = faint === true;
  const stroke = {
    stroke: style.color,
    strokeOpacity: isFaint ? 0.4 : 1,
    strokeWidth: isFaint ? 1 : 2,
  };
  const dash = dashPattern(line.dash, style);
  const dots =
    total <= DOT_LIMIT && !isFaint && hasDots
      ? pieces.flat()
      : pieces.filter((piece) => piece.length === 1).flat();
  return [
    ...pieces
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
      r: total === 1 ? 4 : 2.5,
      fill: style.color,
    }),
  ];
}

type Triple = readonly number[];

function clamp(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}
