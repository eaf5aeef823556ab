// Charts as SVG text, drawn without a browser.

import { parseHTML } from 'linkedom';
import { drawChart } from './draw-chart.ts';
import type { ChartSpec } from './spec.ts';

/** Width of a chart where nothing is said, in pixels. */
const DEFAULT_WIDTH = 720;

export type RenderOptions = {
  /** Pixels, at least 200; default 720. */
  readonly width?: number | undefined;
  /** Whether title and legend are drawn; a page that writes them itself says false. Default true. */
  readonly head?: boolean | undefined;
};

/**
 * A chart as SVG text; equal specifications give equal text. Without any data it is a figure that says "no data yet".
 *
 * @throws UserError when the width or height leaves no room, or the series of a bar chart do not match its categories
 */
export function renderChart(
  spec: ChartSpec,
  { width = DEFAULT_WIDTH, head }: RenderOptions = {},
): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  return drawChart(spec, { document, width, head }).outerHTML;
}
