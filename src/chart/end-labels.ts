// Direct labels in the right margin of a chart: beside the ends of lines, spread, and tied to them where they moved.

import { createSvg, FONT_SIZE, HALO, LINE_HEIGHT, type SvgNode, shortLabel } from './canvas.ts';
import { estimateTextWidth, spreadLabels, stackLabels } from './label-layout.ts';

/** Pixels between the plot and its labels. */
const LABEL_OFFSET = 12;

/** A label and the point, in units of the axes, that it belongs to. */
export type EndLabel = {
  readonly name: string;
  /** The number after the name; empty for none. */
  readonly value: string;
  readonly x: number;
  readonly y: number;
  readonly color: string;
};

/** Both axes of charts with such labels are numeric. */
export type LinearScales = {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
};
type Box = {
  readonly width: number;
  readonly height: number;
  readonly marginTop: number;
  readonly marginRight: number;
  readonly marginBottom: number;
};

function labelText({ name, value }: EndLabel): string {
  return value === '' ? shortLabel(name) : `${shortLabel(name)} ${value}`;
}

/** Width of the margin that the labels need, in pixels. */
export function endLabelMargin(labels: readonly EndLabel[]): number {
  const widths = labels.map((label) => estimateTextWidth(labelText(label), FONT_SIZE));
  return labels.length === 0 ? LABEL_OFFSET : Math.max(...widths) + LABEL_OFFSET + 6;
}

/** Draws the labels, no two of them on each other as long as the plot is tall enough. */
export function drawEndLabels(
  document: SvgNode,
  labels: readonly EndLabel[],
  scales: LinearScales,
  box: Box,
): SvgNode {
  const right = box.width - box.marginRight;
  const wanted = labels.map(({ y }) => scales.y(y));
  const placed = spreadLabels(wanted, LINE_HEIGHT, box.marginTop, box.height - box.marginBottom);
  const group = createSvg(document, 'g', {
    class: 'end-labels',
    'text-anchor': 'start',
    'font-variant': 'tabular-nums',
  });
  labels.forEach((label, i) => {
    const endX = scales.x(label.x);
    const endY = wanted[i]!;
    const y = placed[i]!;
    const early = right - endX > 4;
    if (early || Math.abs(y - endY) > 2) {
      const points = [
        [endX, endY],
        [right + 1, endY],
        [right + LABEL_OFFSET - 3, y],
      ] as const;
      const leader = {
        class: 'leader',
        d: `M${points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join('L')}`,
        fill: 'none',
        stroke: label.color,
        'stroke-opacity': 0.6,
        ...(early ? { 'stroke-dasharray': '1 3' } : {}),
      };
      group.appendChild(createSvg(document, 'path', leader));
    }
    const at = { x: right + LABEL_OFFSET, y: y + FONT_SIZE * 0.35, fill: label.color };
    const text = createSvg(document, 'text', at, [labelText(label)]);
    if (shortLabel(label.name) !== label.name) {
      text.appendChild(createSvg(document, 'title', {}, [label.name]));
    }
    group.appendChild(text);
  });
  return group;
}

/** Draws labels within the plot, above the right ends of what they belong to, and above each other where those are close. */
export function drawInnerLabels(
  document: SvgNode,
  labels: readonly EndLabel[],
  scales: LinearScales,
  box: Box,
): SvgNode {
  const wanted = labels.map(({ y }) => scales.y(y) - 5);
  const placed = stackLabels(wanted, LINE_HEIGHT - 2, box.marginTop, box.height - box.marginBottom);
  const group = createSvg(document, 'g', {
    class: 'inner-labels',
    'text-anchor': 'end',
    'font-variant': 'tabular-nums',
  });
  labels.forEach((label, i) => {
    const at = { x: box.width - box.marginRight - 2, y: placed[i]!, fill: label.color };
    group.appendChild(createSvg(document, 'text', { ...at, ...HALO }, [labelText(label)]));
  });
  return group;
}
