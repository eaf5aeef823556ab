// Charts as SVG text, drawn without a browser.

import { parseHTML } from 'linkedom';
import { drawChart } from './draw-chart.ts';
import type { ChartSpec } from './spec.ts';

/** Width of a chart where nothing is said, in pixels. */
const DEFAULT_WIDTH = 720;

/**
 * A chart as SVG text; equal specifications give equal text. Without any data it is a figure that says "no data yet".
 *
 * @param options.width pixels, at least 200; default 720
 * @throws UserError when the width or height leaves no room, or the series of a bar chart do not match its categories
 */
export function renderChart(
  spec: ChartSpec,
  { width = DEFAULT_WIDTH }: { readonly width?: number | undefined } = {},
): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  return drawChart(spec, { document, width }).outerHTML;
}
