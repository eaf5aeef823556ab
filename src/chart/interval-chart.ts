// Estimates with their intervals, a row each, against zero ("forest plot").

import * as Plot from '@observablehq/plot';
import { quantile } from '../core/index.ts';
import {
  type Canvas,
  chartSize,
  createLabel,
  createSvg,
  drawEmptyChart,
  drawHead,
  drawPlot,
  FONT_SIZE,
  HALO,
  headHeight,
  MARGIN_BOTTOM,
  SOFT_INK,
  type SvgNode,
  shortLabel,
  xAxisStyle,
} from './canvas.ts';
import { formatSigned } from './format.ts';
import { estimateTextWidth } from './label-layout.ts';
import { extentOf, padExtent } from './points.ts';
import type { IntervalChart, IntervalRow } from './spec.ts';
import { formatEvenly, placeTicks } from './ticks.ts';

/** Height of a row, in pixels: with its label and numbers beside the interval, and above it. */
const ROW_HEIGHT = { beside: 26, above: 54 } as const;
/** Where in a row the interval lies, as a share of its height. */
const MIDDLE = { beside: 0.5, above: 0.8 } as const;
/** Less room than this for intervals, in pixels, moves labels and numbers above them. */
const LEAST_PLOT = 220;
const COLORS = {
  good: 'var(--good, #0f6b4f)',
  bad: 'var(--bad, #b3261e)',
  none: SOFT_INK,
} as const;

/**
 * One row per estimate: its name, point and interval over a line at zero, and the numbers at the right, or both above where
 * the chart is narrow. Rows without an estimate show their note; one far from all others is an arrow at its side of the
 * axis. The color tells an interval on the better side of zero, on the worse one, and one that holds it; a point is filled
 * where `strong`, and a thin line is the interval adjusted for other comparisons.
 *
 * @throws UserError when the width leaves no room
 */
export function drawIntervalChart(chart: IntervalChart, canvas: Canvas): SvgNode {
  const { document, width, head: hasHead = true } = canvas;
  const { rows, digits = 4, better = 'lower' } = chart;
  const title = hasHead ? chart.title : undefined;
  chartSize(width);
  const drawn = rows.flatMap((row, index) =>
    row.mean !== null && Number.isFinite(row.mean) ? [{ ...row, mean: row.mean, index }] : [],
  );
  if (drawn.length === 0) return drawEmptyChart(document, title, { width, height: 120 });
  const limit = axisLimit(drawn);
  const inside = drawn.filter((row) => reach(row) <= limit);
  const domain = padExtent(extentOf([0, ...inside.flatMap(valuesOf)])!, 0.06);
  const outside = drawn.filter((row) => reach(row) > limit);
  const numbers = rows.map((row) => describeRow(row, digits));
  const left = labelWidth(rows.map(({ label }) => shortLabel(label))) + 14;
  const right = labelWidth(numbers) + 16;
  const layout = width - left - right < LEAST_PLOT ? 'above' : 'beside';
  const [marginLeft, marginRight] = layout === 'above' ? [12, 12] : [left, right];
  const center = ({ index }: Drawn) => index + MIDDLE[layout];
  const colorOf = ({ interval }: Drawn) => colorOfInterval(interval, better);
  const drawSpans = (
    spanned: readonly Drawn[],
    kind: 'interval' | 'adjusted',
    strokeWidth: number,
  ) =>
    spanned.length === 0
      ? []
      : [
          Plot.ruleY(spanned, {
            x1: (row: Drawn) => row[kind]?.[0] ?? row.mean,
            x2: (row: Drawn) => row[kind]?.[1] ?? row.mean,
            y: center,
            stroke: colorOf,
            strokeWidth,
          }),
        ];
  const head = headHeight(title, [], width);
  const marginTop = head + 8;
  const ticks = placeTicks(domain, (width - marginLeft - marginRight) / 80);
  return drawPlot(document, chart.title ?? chart.xLabel, {
    width,
    height: marginTop + rows.length * ROW_HEIGHT[layout] + MARGIN_BOTTOM,
    marginTop,
    marginBottom: MARGIN_BOTTOM,
    marginLeft,
    marginRight,
    x: { type: 'linear', domain },
    y: { type: 'linear', domain: [rows.length, 0], axis: null },
    marks: [
      ...drawRules(rows.length, layout, ticks),
      Plot.axisX({
        ticks,
        tickFormat: formatEvenly(ticks),
        ...xAxisStyle(chart.xLabel),
      }),
      ...drawSpans(
        inside.filter(({ adjusted }) => adjusted),
        'adjusted',
        1,
      ),
      ...drawSpans(inside, 'interval', 2.5),
      Plot.text(outside, {
        x: ({ mean }: Drawn) => domain[mean < 0 ? 0 : 1],
        y: center,
        text: ({ mean }: Drawn) => (mean < 0 ? '◀' : '▶'),
        fill: colorOf,
        fontSize: 14,
      }),
      Plot.dot(inside, {
        x: 'mean',
        y: center,
        r: 4.5,
        fill: (row: Drawn) => (row.strong ? colorOf(row) : 'var(--card, #ffffff)'),
        stroke: colorOf,
        strokeWidth: 2,
      }),
      (_index, scales) => {
        const { y } = scales as { y: (value: number) => number };
        const places =
          layout === 'above'
            ? { label: { x: 0, dy: 13 }, number: { x: 0, dy: 29 }, anchor: 'start', top: y }
            : {
                label: { x: left - 14, dy: 17 },
                number: { x: width - right + 12, dy: 17 },
                anchor: 'end',
                top: y,
              };
        return writeRows(document, rows, numbers, places);
      },
      () => drawHead(document, title, [], width),
    ],
  });
}

/** The grid and the line at zero; where labels stand above intervals, beside these only. */
function drawRules(rows: number, layout: keyof typeof MIDDLE, ticks: readonly number[]) {
  const spans =
    layout === 'beside'
      ? [{ top: 0, bottom: rows }]
      : Array.from({ length: rows }, (_, row) => ({ top: row + 0.63, bottom: row + 0.97 }));
  const draw = (places: readonly number[], strokeOpacity: number) =>
    Plot.ruleX(
      places.flatMap((x) => spans.map((span) => ({ x, ...span }))),
      { x: 'x', y1: 'top', y2: 'bottom', stroke: 'currentColor', strokeOpacity },
    );
  return [draw(ticks, 0.1), draw([0], 0.6)];
}

type Drawn = IntervalRow & { readonly mean: number; readonly index: number };

function valuesOf({ mean, interval, adjusted }: Drawn): number[] {
  return [mean, ...(interval ?? []), ...(adjusted ?? [])];
}

/** How far a row goes from zero. */
function reach(row: Drawn): number {
  return Math.max(...valuesOf(row).map(Math.abs));
}

/** Rows that reach further than this many times the median row are not given room. */
const OUTLYING = 6;

/** One row far from all others would leave them no width: it becomes an arrow. */
function axisLimit(rows: readonly Drawn[]): number {
  const median = quantile(rows.map(reach), 0.5);
  return median > 0 ? OUTLYING * median : Number.POSITIVE_INFINITY;
}

function colorOfInterval(interval: Drawn['interval'], better: 'lower' | 'higher'): string {
  if (interval === null || (interval[0] <= 0 && interval[1] >= 0)) return COLORS.none;
  return interval[1] < 0 === (better === 'lower') ? COLORS.good : COLORS.bad;
}

/** With air for wide system fonts: what leaves the picture is cut off. */
function labelWidth(labels: readonly string[]): number {
  return 1.15 * Math.max(...labels.map((label) => estimateTextWidth(label, FONT_SIZE)));
}

function describeRow({ mean, interval, note }: IntervalRow, digits: number): string {
  if (mean === null || !Number.isFinite(mean)) return note ?? 'no data yet';
  const span =
    interval === null
      ? ''
      : ` (${formatSigned(interval[0], digits)} to ${formatSigned(interval[1], digits)})`;
  return `${formatSigned(mean, digits)}${span}${note === undefined ? '' : ` ${note}`}`;
}

type Places = {
  /** Left or right end of the text, and its baseline below the top of the row, in pixels. */
  readonly label: { readonly x: number; readonly dy: number };
  readonly number: { readonly x: number; readonly dy: number };
  /** Of labels. */
  readonly anchor: string;
  /** The top of a row. */
  readonly top: (row: number) => number;
};

function writeRows(
  document: SvgNode,
  rows: readonly IntervalRow[],
  numbers: readonly string[],
  { label: labelAt, number: numberAt, anchor, top }: Places,
): SvgNode {
  const group = createSvg(document, 'g', { class: 'rows', 'font-variant': 'tabular-nums' });
  rows.forEach(({ label, mean, alert }, i) => {
    const name = { ...HALO, x: labelAt.x, y: top(i) + labelAt.dy, 'text-anchor': anchor };
    group.appendChild(createLabel(document, label, name));
    const fill = alert === true ? COLORS.bad : mean === null ? SOFT_INK : 'currentColor';
    const at = { ...HALO, x: numberAt.x, y: top(i) + numberAt.dy, 'text-anchor': 'start', fill };
    group.appendChild(createSvg(document, 'text', at, [numbers[i]!]));
  });
  return group;
}
