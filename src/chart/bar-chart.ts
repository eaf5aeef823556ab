// Charts of grouped bars from zero.

import * as Plot from '@observablehq/plot';
import { UserError } from '../core/index.ts';
import {
  type Canvas,
  chartSize,
  drawAxes,
  drawEmptyChart,
  drawHead,
  drawPlot,
  drawReference,
  FONT_SIZE,
  headHeight,
  MARGIN_BOTTOM,
  NARROW,
  type SvgNode,
  shortLabel,
  tickMargin,
  Y_LABEL_HEIGHT,
  Y_TICK_GAP,
} from './canvas.ts';
import { drawEndLabels, drawInnerLabels, endLabelMargin, type LinearScales } from './end-labels.ts';
import { cleanText, formatEnd, formatPercent } from './format.ts';
import { estimateTextWidth } from './label-layout.ts';
import { listLegend } from './legend.ts';
import { seriesStyles, subjectOf } from './palette.ts';
import { extentOf } from './points.ts';
import { drawableReferences, isFiniteNumber, referenceLabels } from './references.ts';
import type { BarChart } from './spec.ts';
import { formatEvenly, formatPercentEvenly, placeTicks } from './ticks.ts';

/** Bars are no wider than this, in pixels. */
const WIDEST_BAR = 72;

/**
 * A chart of grouped bars from zero, with a legend where there are several series, and
 * values above the bars where they have room. No finite value at all gives "no data yet".
 *
 * @throws UserError when a series does not have one value per category, or width or height leave no room
 */
export function drawBarChart(chart: BarChart, canvas: Canvas): SvgNode {
  const { document, head: hasHead = true } = canvas;
  const { width, height: asked } = chartSize(canvas.width, canvas.height ?? chart.height);
  requireMatchingSeries(chart);
  const count = chart.categories.length;
  const title = hasHead ? chart.title : undefined;
  const shown = chart.series.filter(({ values }) => values.some(isFiniteNumber));
  if (shown.length === 0) return drawEmptyChart(document, title, { width, height: asked });

  const references = drawableReferences(chart.references, false);
  const yDomain = measureBars(
    shown.flatMap(({ values }) => values.filter(isFiniteNumber)),
    references.map(({ value }) => value),
  );
  const legend = hasHead ? listLegend(chart) : [];
  const head = headHeight(title, legend, width);
  const height = asked + headHeight(undefined, legend, width);
  const format = (value: number) =>
    chart.percent === true ? formatPercent(value, value * 100 < 9.95 ? 1 : 0) : formatEnd(value);
  const plotHeight = height - head - MARGIN_BOTTOM - Y_LABEL_HEIGHT;
  const ticks = placeTicks(yDomain, plotHeight / Y_TICK_GAP);
  const yTicks = {
    ticks,
    format: chart.percent === true ? formatPercentEvenly(ticks) : formatEvenly(ticks),
  };
  const labels = referenceLabels(references, count, format);
  const [beside, inside] = width < NARROW ? [[], labels] : [labels, []];
  const marginLeft = tickMargin(yTicks);
  const marginRight = Math.min(width * 0.45, endLabelMargin(beside));
  const slot = (width - marginLeft - marginRight) / count;
  const barWidth = Math.min(0.76 / shown.length, WIDEST_BAR / slot);
  const bars = placeBars(chart, barWidth);
  const widest = Math.max(...bars.map(({ value }) => estimateTextWidth(format(value), FONT_SIZE)));
  const every = Math.ceil(
    (Math.max(...chart.categories.map((name) => estimateTextWidth(name, FONT_SIZE))) + 6) / slot,
  );
  return drawPlot(document, chart.title ?? `${chart.yLabel} by ${chart.xLabel}`, {
    width,
    height,
    marginTop: head + Y_LABEL_HEIGHT,
    marginLeft,
    marginBottom: MARGIN_BOTTOM,
    marginRight,
    x: { type: 'linear', domain: [0, count] },
    y: { type: 'linear', domain: yDomain },
    marks: [
      ...drawAxes(
        chart.xLabel,
        {
          ticks: chart.categories.map((_, i) => i + 0.5).filter((_, i) => i % every === 0),
          format: (position) => cleanText(shortLabel(chart.categories[Math.floor(position)] ?? '')),
        },
        yTicks,
      ),
      Plot.rect(bars, {
        x1: 'left',
        x2: 'right',
        y1: 0,
        y2: 'value',
        fill: 'color',
        insetLeft: slot * barWidth > 5 ? 1 : 0,
      }),
      ...(slot * barWidth >= widest - 1 ? writeValues(bars, format) : []),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.6 }),
      ...references.map(({ value }) => drawReference(value)),
      (_index, scales, _values, dimensions) =>
        drawEndLabels(document, beside, scales as LinearScales, dimensions),
      (_index, scales, _values, dimensions) =>
        drawInnerLabels(document, inside, scales as LinearScales, dimensions),
      () => drawHead(document, title, legend, width, chart.yLabel),
    ],
  });
}

function requireMatchingSeries({ categories, series }: BarChart): void {
  for (const { name, values } of series) {
    if (values.length === categories.length) continue;
    throw new UserError(
      `bar chart: series "${name}" has ${values.length} values for ${categories.length} categories`,
      { hint: 'give one value per category, null where there is none' },
    );
  }
}

/** From zero, with air for the values that stand above the bars. */
function measureBars(values: readonly number[], references: readonly number[]): [number, number] {
  const [low, high] = extentOf([0, ...values, ...references])!;
  const air = (high - low || 1) * 0.08;
  return [low < 0 ? low - air : 0, high > 0 || low === 0 ? high + air : 0];
}

type Bar = {
  readonly left: number;
  readonly right: number;
  readonly value: number;
  readonly color: string;
};

/** @param width of a bar, where a group of bars has the width 1 */
function placeBars({ series, colorOrder }: BarChart, width: number): Bar[] {
  const styles = seriesStyles(series.map(subjectOf), colorOrder);
  const shown = series.filter(({ values }) => values.some(isFiniteNumber));
  return shown.flatMap((one, s) => {
    const { color } = styles.get(subjectOf(one))!;
    return one.values.flatMap((value, i) => {
      if (!isFiniteNumber(value)) return [];
      const left = i + 0.5 + (s - shown.length / 2) * width;
      return [{ left, right: left + width, value, color }];
    });
  });
}

/** Values above bars, and below those that hang down. */
function writeValues(bars: readonly Bar[], format: (value: number) => string): Plot.Markish[] {
  return [-1, 1].map((side) =>
    Plot.text(
      bars.filter(({ value }) => (value < 0 ? -1 : 1) === side),
      {
        x: (bar: Bar) => (bar.left + bar.right) / 2,
        y: 'value',
        text: (bar: Bar) => format(bar.value),
        dy: -8 * side,
        fontSize: FONT_SIZE,
        fontVariant: 'tabular-nums',
      },
    ),
  );
}
