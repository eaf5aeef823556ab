// What charts share: elements, axes, titles, legends and the empty figure.

import * as Plot from '@observablehq/plot';
import { UserError } from '../core/index.ts';
import { cleanText, truncateText } from './format.ts';
import { estimateTextWidth, flowRows } from './label-layout.ts';
import type { SeriesStyle } from './palette.ts';
import type { LineSeries } from './spec.ts';

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';
/** Type size of ticks and labels, in pixels. */
export const FONT_SIZE = 12;
/** Height of a line of labels, in pixels. */
export const LINE_HEIGHT = 16;
/** Below the plot: tick labels and the label of the x axis stand there. */
export const MARGIN_BOTTOM = 44;
/** Between head and plot: the label of the y axis stands there. */
export const Y_LABEL_HEIGHT = 28;
/** Color of secondary text; follows the page's scheme. */
export const SOFT_INK = 'var(--ink-soft, #5b6472)';
/** Of text that lies on lines: an outline in the color of the page's cards. */
export const HALO = {
  stroke: 'var(--card, #ffffff)',
  'stroke-width': 3,
  'stroke-opacity': 0.85,
  'paint-order': 'stroke',
} as const;
const LABEL_LIMIT = 32;

/** An SVG element of the drawing library's document; its type is left to that document. */
// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
export type SvgNode = any;

type Attributes = Readonly<Record<string, string | number>>;
type Size = { readonly width: number; readonly height: number };

/** Where a chart is drawn. */
export type Canvas = {
  /** The document that its elements belong to. */
  readonly document: SvgNode;
  /** Pixels. */
  readonly width: number;
  /** Pixels, in place of those that the specification asks for. */
  readonly height?: number | undefined;
  /** Whether title and legend are drawn; a page that writes them itself says false. Default true. */
  readonly head?: boolean | undefined;
};

/** Charts below this width, in pixels, have no room for labels beside the plot. */
export const NARROW = 480;

/** An SVG element with attributes and children; a string child becomes a text node, never markup. */
export function createSvg(
  document: SvgNode,
  tag: string,
  attributes: Attributes = {},
  children: readonly (SvgNode | string)[] = [],
): SvgNode {
  const node = document.createElementNS(SVG_NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, typeof value === 'number' ? `${Number(value.toFixed(2))}` : value);
  }
  for (const child of children) {
    node.appendChild(typeof child === 'string' ? document.createTextNode(cleanText(child)) : child);
  }
  return node;
}

/** A label, cut where it is too long; the whole of it shows on hovering. */
export function createLabel(document: SvgNode, label: string, attributes: Attributes): SvgNode {
  const short = shortLabel(label);
  const node = createSvg(document, 'text', attributes, [short]);
  if (short !== label) node.appendChild(createSvg(document, 'title', {}, [label]));
  return node;
}

/** The text that `createLabel` shows. */
export function shortLabel(label: string): string {
  return truncateText(label, LABEL_LIMIT);
}

/**
 * Width and height, which is 320 where nothing is said.
 *
 * @throws UserError when a chart is asked for that has no room for axes
 */
export function chartSize(width: number, height = 320): Size {
  if (!(width >= 200 && height >= 120 && Number.isFinite(width) && Number.isFinite(height))) {
    throw new UserError(`a chart of ${width} × ${height} pixels has no room for its axes`, {
      hint: 'give a width of at least 200 and a height of at least 120',
    });
  }
  return { width, height };
}

/** A name and how its line or bars look. */
export type LegendEntry = {
  readonly name: string;
  readonly color: string;
  /** The dash pattern of its line. */
  readonly dash?: string | undefined;
};

const SWATCH = 18;
const LEGEND_GAP = 18;

function placeLegend(entries: readonly LegendEntry[], width: number) {
  const widths = entries.map(
    ({ name }) => SWATCH + estimateTextWidth(shortLabel(name), FONT_SIZE) + LEGEND_GAP,
  );
  return flowRows(widths, width - 16);
}

/** Height in pixels of the head of a chart: title and legend, each where there is one. */
export function headHeight(
  title: string | undefined,
  legend: readonly LegendEntry[],
  width: number,
): number {
  const rows = legend.length === 0 ? 0 : placeLegend(legend, width).at(-1)!.row + 1;
  return (title === undefined ? 0 : 26) + rows * (LINE_HEIGHT + 2);
}

/** Title, legend and the label of the y axis at the top left, as a mark of the drawing library. */
export function drawHead(
  document: SvgNode,
  title: string | undefined,
  legend: readonly LegendEntry[],
  width: number,
  yLabel = '',
): SvgNode {
  const head = createSvg(document, 'g', { class: 'head', 'text-anchor': 'start' });
  if (title !== undefined) {
    const limit = Math.max(8, Math.floor(width / 7.5));
    const attributes = { x: 0, y: 15, 'font-size': 14, 'font-weight': 600 };
    head.appendChild(createSvg(document, 'text', attributes, [truncateText(title, limit)]));
  }
  const top = title === undefined ? 0 : 26;
  placeLegend(legend, width).forEach(({ left, row }, i) => {
    const { name, color, dash } = legend[i]!;
    const y = top + row * (LINE_HEIGHT + 2);
    const swatch = { class: 'swatch', fill: color };
    head.appendChild(
      dash === undefined
        ? createSvg(document, 'rect', {
            ...swatch,
            x: left,
            y: y + 2,
            width: 12,
            height: 12,
            rx: 2,
          })
        : createSvg(document, 'path', {
            ...swatch,
            d: `M${left},${y + 8}h14`,
            stroke: color,
            'stroke-width': 2,
            'stroke-dasharray': dash,
          }),
    );
    head.appendChild(createLabel(document, name, { x: left + SWATCH, y: y + 12 }));
  });
  const below = headHeight(title, legend, width) + 12;
  head.appendChild(createLabel(document, yLabel, { x: 0, y: below, fill: SOFT_INK }));
  return head;
}

/** Width of the left margin that tick labels need, in pixels. */
export function tickMargin({ ticks, format }: Ticks): number {
  const widths = ticks.map((value) => estimateTextWidth(format(value), FONT_SIZE));
  return Math.max(36, ...widths.map((width) => width + 16));
}

/** Where ticks stand, and what is written there. */
type Ticks = {
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
  /** Length of the lines at the axis, in pixels. */
  readonly size?: number;
};

/** Pixels between the middles of two ticks of y, at least. */
export const Y_TICK_GAP = 44;

/** What every horizontal axis looks like: its label below the middle, ink that steps back. */
export function xAxisStyle(label: string) {
  return {
    label: cleanText(label),
    labelArrow: 'none',
    labelAnchor: 'center',
    labelOffset: 38,
    fill: SOFT_INK,
    stroke: 'currentColor',
    strokeOpacity: 0.4,
  } as const;
}

/** Grid and both axes, without the label of y, which `drawHead` writes. */
export function drawAxes(xLabel: string, x: Ticks, y: Ticks): Plot.Markish[] {
  return [
    Plot.gridY({ ticks: [...y.ticks], strokeOpacity: 0.12 }),
    Plot.axisY({
      ticks: [...y.ticks],
      tickSize: 0,
      tickFormat: y.format,
      label: null,
      fill: SOFT_INK,
    }),
    Plot.axisX({
      ticks: [...x.ticks],
      tickSize: x.size ?? 0,
      tickFormat: x.format,
      ...xAxisStyle(xLabel),
    }),
  ];
}

/** A dashed horizontal line. */
export function drawReference(value: number): Plot.Markish {
  return Plot.ruleY([value], {
    stroke: SOFT_INK,
    strokeDasharray: '3 4',
    strokeWidth: 1.25,
  });
}

/** Draws marks in the style of all charts; equal input gives equal elements. */
export function drawPlot(
  document: SvgNode,
  description: string,
  options: Plot.PlotOptions,
): SvgNode {
  const svg: SvgNode = Plot.plot({
    document,
    className: 'chart',
    style: { fontSize: `${FONT_SIZE}px`, overflow: 'visible', background: 'none' },
    ...options,
  });
  svg.setAttribute('font-size', `${FONT_SIZE}`);
  // What pages with a strict policy refuse; the style sheet of charts has what is needed of it.
  svg.querySelector('style')?.remove();
  // Plot names its marks; only what has a role may have a name.
  for (const mark of svg.querySelectorAll('g[aria-label]')) mark.setAttribute('role', 'group');
  return describeSvg(document, svg, description);
}

/** The element, with what it shows for screen readers. */
export function describeSvg(document: SvgNode, svg: SvgNode, description: string): SvgNode {
  svg.setAttribute('xmlns', SVG_NAMESPACE);
  svg.setAttribute('role', 'img');
  svg.insertBefore(createSvg(document, 'title', {}, [description]), svg.firstChild);
  return svg;
}

/** A quiet figure for a chart that has nothing to show. */
export function drawEmptyChart(document: SvgNode, title: string | undefined, size: Size): SvgNode {
  const width = size.width;
  const height = Math.min(size.height, 160);
  const top = headHeight(title, [], width);
  const svg = createSvg(
    document,
    'svg',
    {
      class: 'chart chart-empty',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      fill: 'currentColor',
      'font-family': 'system-ui, sans-serif',
      'font-size': FONT_SIZE,
    },
    [
      drawHead(document, title, [], width),
      createSvg(document, 'rect', {
        x: 0.5,
        y: top + 0.5,
        width: width - 1,
        height: height - top - 1,
        rx: 6,
        fill: 'none',
        stroke: 'currentColor',
        'stroke-opacity': 0.25,
        'stroke-dasharray': '4 4',
      }),
      createSvg(
        document,
        'text',
        { x: width / 2, y: (top + height) / 2 + 4, 'text-anchor': 'middle', fill: SOFT_INK },
        ['no data yet'],
      ),
    ],
  );
  return describeSvg(document, svg, `${title ?? 'Chart'}: no data yet`);
}

const DASHES = { dashed: '6 4', dotted: '2 3' } as const;

/** Dash pattern of a series: its own, or that of a later round through the palette. */
export function dashPattern(
  dash: LineSeries['dash'],
  { round }: Pick<SeriesStyle, 'round'>,
): string | undefined {
  if (dash !== undefined) return round === 0 ? DASHES[dash] : `${DASHES[dash]} 1 3`;
  return round === 0 ? undefined : round === 1 ? '9 3' : '9 3 2 3';
}
