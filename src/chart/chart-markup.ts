// A chart within a page: drawn for several widths, with its data, and with what a script needs to make it live.

import { CHART_WIDTHS, type ChartSize } from './chart-style.ts';
import { chartToCsv } from './chart-to-csv.ts';
import { initialView, listChoices } from './chart-view.ts';
import { escapeMarkup } from './format.ts';
import { listLegend } from './legend.ts';
import { splitAtGaps, thinPoints } from './points.ts';
import type { ChartSpec } from './spec.ts';

/**
 * A chart as HTML that is whole without a script: `CHART_STYLE` shows the drawing that suits the width, and the link has the
 * data. The script of `dist/chart/live.js` draws it again at its true width, and answers the reader.
 *
 * @param size how much of a page's width the chart takes
 * @param draw the chart as SVG text, without title and legend: `renderChart` in Node, `drawChart` on a browser's document
 */
export function chartMarkup(
  spec: ChartSpec,
  size: ChartSize,
  draw: (spec: ChartSpec, options: { readonly width: number; readonly head: false }) => string,
): string {
  const json = JSON.stringify(spec, roundNumber);
  // What is drawn here is what the script will read.
  const plain: ChartSpec = JSON.parse(json);
  const drawings = CHART_WIDTHS[size].map(
    (width) => `<div class="chart-static w${width}">${draw(plain, { width, head: false })}</div>`,
  );
  return [
    `<div class="chart-box size-${size}" data-chart>`,
    spec.title === undefined ? '' : `<p class="chart-title">${escapeMarkup(spec.title)}</p>`,
    legendMarkup(plain),
    `<div class="chart-body">${drawings.join('')}</div>`,
    toolsMarkup(plain),
    `<script type="application/json">${json.replaceAll('<', '\\u003c')}</script>`,
    '</div>',
  ].join('');
}

/** Nine digits are more than a float32 has; all of a double's would make pages twice as large. */
function roundNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && Number.isFinite(value) ? Number(value.toPrecision(9)) : value;
}

function legendMarkup(spec: ChartSpec): string {
  const entries = listLegend(spec).map(({ name, color, dash }) => {
    const line = `<line x1="0" y1="5" x2="18" y2="5" stroke="${color}" stroke-width="3"${dash === undefined ? '' : ` stroke-dasharray="${dash}"`}/>`;
    const swatch = `<svg width="18" height="10" aria-hidden="true">${line}</svg>`;
    return `<button type="button" class="chart-series" aria-pressed="true" disabled data-series="${escapeMarkup(name)}">${swatch}<span>${escapeMarkup(name)}</span></button>`;
  });
  return entries.length === 0 ? '' : `<div class="chart-legend">${entries.join('')}</div>`;
}

/** Space for all that the script offers is taken from the start, so that nothing moves when it begins. */
function toolsMarkup(spec: ChartSpec): string {
  const choices = listChoices(spec);
  const view = initialView(spec);
  const of = spec.title === undefined ? '' : ` of ${escapeMarkup(spec.title)}`;
  const toggle = (axis: 'x' | 'y', isOn: boolean) =>
    `<button type="button" class="chart-toggle" aria-pressed="${isOn}" disabled data-log="${axis}">log ${axis}</button>`;
  const tools = [
    choices.logX ? toggle('x', view.logX) : '',
    choices.logY ? toggle('y', view.logY) : '',
    choices.smoothing
      ? '<label class="chart-smoothing">smoothing <input type="range" min="0" max="0.99" step="0.01" value="0" disabled></label>'
      : '',
    ...['svg', 'png'].map(
      (type) =>
        `<button type="button" class="chart-save" disabled data-type="${type}" aria-label="${type.toUpperCase()}${of}">${type.toUpperCase()}</button>`,
    ),
  ].join('');
  return `<div class="chart-tools"><span class="needs-script">${tools}</span>${linkMarkup(spec)}</div>`;
}

/** Points of a curve in the address of a link, at most: they stand in the page a second time. The script gives all of them. */
const LINK_POINTS = 2000;

function linkMarkup(spec: ChartSpec): string {
  const short = shortenCurves(spec);
  const href = `data:text/csv;charset=utf-8,${encodeData(chartToCsv(short))}`;
  const label = `aria-label="CSV${spec.title === undefined ? '' : ` of ${escapeMarkup(spec.title)}`}"`;
  const note =
    short === spec ? '' : ` title="Without scripts: ${LINK_POINTS} points of each curve"`;
  return `<a class="chart-csv" ${label}${note} download="${fileName(spec.title)}" href="${href}">CSV</a>`;
}

/** The specification with its long curves thinned; itself where there are none. */
function shortenCurves(spec: ChartSpec): ChartSpec {
  if (spec.kind !== 'line') return spec;
  if (spec.series.every(({ points }) => points.length <= LINK_POINTS)) return spec;
  return {
    ...spec,
    series: spec.series.map((one) => ({
      ...one,
      points: thinPoints(splitAtGaps(one.points).flat(), LINK_POINTS),
    })),
  };
}

/** `loss-by-tokens.csv` */
function fileName(title = 'chart'): string {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? ['chart'];
  return `${words.join('-').slice(0, 60)}.csv`;
}

/** Text for a data: address, also safe within quotes of markup. */
function encodeData(text: string): string {
  return text
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[^\w.,:;!~*()+/=-]/gu, encodeURIComponent);
}
