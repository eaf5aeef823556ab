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
  type SvgNode,
  shortLabel,
  tickMargin,
  Y_LABEL_HEIGHT,
} from './canvas.ts';
import { drawEndLabels, endLabelMargin, type LinearScales } from './end-labels.ts';
import { cleanText, formatEnd, formatPercent, formatTick } from './format.ts';
import { estimateTextWidth } from './label-layout.ts';
import { seriesStyles } from './palette.ts';
import { extentOf } from './points.ts';
import { drawableReferences, isFiniteNumber, referenceLabels } from './references.ts';
import type { BarChart } from './spec.ts';

/** Bars are no wider than this, in pixels. */
const WIDEST_BAR = 72;

/**
 * A chart of grouped bars from zero, with a legend where there are several series, and
 * values above the bars where they have room. No finite value at all gives "no data yet".
 *
 * @throws UserError when a series does not have one value per category, or width or height leave no room
 */
export function drawBarChart(chart: BarChart, { document, width }: Canvas): SvgNode {
  const size = chartSize(width, chart.height);
  const count = chart.categories.length;
  for (const { name, values } of chart.series) {
    if (values.length !== count) {
      throw new UserError(
        `bar chart: series "${name}" has ${values.length} values for ${count} categories`,
        { hint: 'give one value per category, null where there is none' },
      );
    }
  }
  const names = chart.series.map(({ name }) => name);
  const styles = seriesStyles(names, chart.colorOrder);
  const shown = chart.series.filter(({ values }) => values.some(isFiniteNumber));
  if (shown.length === 0) return drawEmptyChart(document, chart.title, size);

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
  return drawPlot(document, chart.title ?? `${chart.yLabel} by ${chart.xLabel}`, {
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
