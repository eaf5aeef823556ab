// A grid of colored cells with labels on both sides: heat maps and matrices of outcomes.

import {
  type Canvas,
  chartSize,
  createLabel,
  createSvg,
  describeSvg,
  drawEmptyChart,
  drawHead,
  FONT_SIZE,
  headHeight,
  SOFT_INK,
  type SvgNode,
  shortLabel,
} from './canvas.ts';
import { estimateTextWidth } from './label-layout.ts';
import type { CellGrid, GridCell } from './spec.ts';

const GAP = 2;
/** Cells are no larger than this, in pixels. */
const LARGEST_CELL = 80;

/**
 * Rows from top to bottom; a null cell is outlined only. The text of a cell stands in it where it fits, and shows with
 * its hint on hovering.
 *
 * @throws UserError when the width leaves no room
 */
export function drawCellGrid(grid: CellGrid, canvas: Canvas): SvgNode {
  const { document, width, head: hasHead = true } = canvas;
  const { rows, xLabel, yLabel, rowLabels, columnLabels } = grid;
  const title = hasHead ? grid.title : undefined;
  chartSize(width);
  const columns = Math.max(0, ...rows.map((row) => row.length));
  if (columns === 0) return drawEmptyChart(document, title, { width, height: 120 });
  const left = 8 + Math.max(...rowLabels.map((label) => textWidth(shortLabel(label))), 16);
  const head = headHeight(title, [], width) + (yLabel ? 20 : 4);
  const size = Math.min(LARGEST_CELL, (width - left) / columns);
  const height = head + rows.length * size + 22 + (xLabel ? 20 : 0);
  const svg = createSvg(document, 'svg', {
    class: 'chart cell-grid',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    fill: 'currentColor',
    'font-family': 'system-ui, sans-serif',
    'font-size': FONT_SIZE,
  });
  svg.appendChild(drawHead(document, title, [], width, yLabel ?? ''));
  rows.forEach((row, r) => {
    const top = head + r * size;
    const at = { x: left - 8, y: top + size / 2 + 4, 'text-anchor': 'end', fill: SOFT_INK };
    svg.appendChild(createLabel(document, rowLabels[r] ?? '', at));
    row.forEach((cell, c) => {
      svg.appendChild(drawCell(cell, { x: left + c * size, y: top, size, document }));
    });
  });
  const below = head + rows.length * size;
  columnLabels.forEach((label, c) => {
    const at = { x: left + (c + 0.5) * size, y: below + 15, 'text-anchor': 'middle' };
    // Labels that would run into each other are thinned.
    const step = Math.ceil((1.2 * Math.max(...columnLabels.map(textWidth))) / size);
    if (c % step === 0) svg.appendChild(createLabel(document, label, { ...at, fill: SOFT_INK }));
  });
  if (xLabel) {
    const at = { x: left + (columns * size) / 2, y: below + 36, 'text-anchor': 'middle' };
    svg.appendChild(createLabel(document, xLabel, { ...at, fill: SOFT_INK }));
  }
  return describeSvg(document, svg, grid.title ?? 'grid');
}

function textWidth(text: string): number {
  return estimateTextWidth(text, FONT_SIZE);
}

type Place = {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly document: SvgNode;
};

function drawCell(cell: GridCell | null, { x, y, size, document }: Place) {
  const side = size - GAP;
  const box = { x: x + GAP / 2, y: y + GAP / 2, width: side, height: side, rx: 2 };
  const group = createSvg(document, 'g');
  const paint = cell
    ? { fill: cell.color, 'fill-opacity': cell.strength }
    : { fill: 'none', stroke: 'currentColor', 'stroke-opacity': 0.15 };
  group.appendChild(createSvg(document, 'rect', { ...box, ...paint }));
  if (!cell) return group;
  if (cell.hint) group.appendChild(createSvg(document, 'title', {}, [cell.hint]));
  const fits = estimateTextWidth(cell.text, FONT_SIZE) < side - 2;
  if (fits && cell.text !== '') {
    const at = { x: x + size / 2, y: y + size / 2 + 4, 'text-anchor': 'middle' };
    group.appendChild(createSvg(document, 'text', at, [cell.text]));
  }
  return group;
}
