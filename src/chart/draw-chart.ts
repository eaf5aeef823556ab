// Any chart as an SVG element of a document: a browser's own, or one that stands in for it.

import { drawBarChart } from './bar-chart.ts';
import type { Canvas, SvgNode } from './canvas.ts';
import { drawCellGrid } from './cell-grid.ts';
import { drawIntervalChart } from './interval-chart.ts';
import { drawLineChart } from './line-chart.ts';
import type { ChartSpec } from './spec.ts';

/**
 * Draws a chart. Without any data it is a figure that says "no data yet".
 *
 * @throws UserError when the width or height leaves no room, or the series of a bar chart do not match its categories
 */
export function drawChart(spec: ChartSpec, canvas: Canvas): SvgNode {
  switch (spec.kind) {
    case 'line':
      return drawLineChart(spec, canvas);
    case 'bar':
      return drawBarChart(spec, canvas);
    case 'interval':
      return drawIntervalChart(spec, canvas);
    case 'cells':
      return drawCellGrid(spec, canvas);
  }
}
