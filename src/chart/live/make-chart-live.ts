// One chart of a page: drawn at its true width, with values on hovering, series to toggle, axes to choose and smoothing.

import { chartToCsv } from '../chart-to-csv.ts';
import { applyView, type ChartView, initialView, toggleName } from '../chart-view.ts';
import { drawChart } from '../draw-chart.ts';
import type { ChartSpec } from '../spec.ts';
import { createReader } from './create-reader.ts';
import { type PictureType, saveDrawing } from './save-drawing.ts';

/** Narrower than this nothing can be drawn, as in a page that is not laid out. */
const LEAST_WIDTH = 200;
/** How long the address of a downloaded table stays valid. */
const DOWNLOAD_MS = 60_000;

/** @param root an element from `chartMarkup` */
export function makeChartLive(root: HTMLElement): void {
  const spec: ChartSpec = JSON.parse(find(root, 'script').textContent ?? '');
  root.dataset.chart = 'live';
  const csv = find(root, '.chart-csv') as HTMLAnchorElement;
  linkCsv(csv, spec);
  let view = initialView(spec);
  for (const button of root.querySelectorAll<HTMLButtonElement>('.chart-save')) {
    button.disabled = false;
    const name = csv.download.replace(/\.csv$/, '');
    const type = button.dataset.type as PictureType;
    button.addEventListener('click', () => saveDrawing(root, applyView(spec, view), type, name));
  }
  // Others have nothing to choose, and their drawings say all that there is.
  if (spec.kind !== 'line' && spec.kind !== 'bar') {
    root.classList.add('has-tools');
    return;
  }

  const page = root.ownerDocument;
  const body = find(root, '.chart-body');
  const layer = page.createElement('div');
  layer.className = 'chart-live';
  body.append(layer);
  const reader = createReader(body, layer, spec.title ?? `${spec.yLabel} by ${spec.xLabel}`);

  const draw = () => {
    const { clientWidth: width, clientHeight: height } = body;
    if (width < LEAST_WIDTH || height === 0) return;
    const shown = applyView(spec, view);
    const svg = drawChart(shown, { document: page, width, height, head: false });
    layer.replaceChildren(svg);
    reader.show(shown, svg);
    root.classList.add('is-live', 'has-tools');
    for (const drawing of body.querySelectorAll('.chart-static')) {
      drawing.setAttribute('aria-hidden', 'true');
    }
  };
  let frame = 0;
  const drawSoon = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  };
  const change = (part: Partial<ChartView>) => {
    view = { ...view, ...part };
    drawSoon();
  };
  connectControls(root, () => view, change);
  // The first observation draws it.
  new ResizeObserver(drawSoon).observe(body);
}

function connectControls(
  root: HTMLElement,
  current: () => ChartView,
  change: (part: Partial<ChartView>) => void,
): void {
  const names = [...root.querySelectorAll<HTMLButtonElement>('.chart-series')];
  // Who hides the only series sees nothing.
  for (const button of names.length > 1 ? names : []) {
    button.disabled = false;
    button.title = 'Show or hide';
    button.addEventListener('click', () => {
      const hidden = toggleName(current().hidden, button.dataset.series!, names.length);
      for (const one of names) {
        one.setAttribute('aria-pressed', String(!hidden.includes(one.dataset.series!)));
      }
      change({ hidden });
    });
  }
  for (const button of root.querySelectorAll<HTMLButtonElement>('.chart-toggle')) {
    const key = button.dataset.log === 'x' ? 'logX' : 'logY';
    button.disabled = false;
    button.title = `Logarithmic axis of ${button.dataset.log}`;
    button.addEventListener('click', () => {
      const isOn = !current()[key];
      button.setAttribute('aria-pressed', String(isOn));
      change({ [key]: isOn });
    });
  }
  const slider = root.querySelector<HTMLInputElement>('.chart-smoothing input');
  if (!slider) return;
  slider.disabled = false;
  // Some browsers restore what was chosen before the page was loaded again.
  if (slider.valueAsNumber > 0) change({ smoothing: slider.valueAsNumber });
  slider.addEventListener('input', () => change({ smoothing: slider.valueAsNumber }));
}

/** The link's own address may hold fewer points; browsers limit the length of such ones. */
function linkCsv(link: HTMLAnchorElement, spec: ChartSpec): void {
  link.removeAttribute('title');
  link.addEventListener('click', () => {
    const address = URL.createObjectURL(new Blob([chartToCsv(spec)], { type: 'text/csv' }));
    link.href = address;
    setTimeout(() => URL.revokeObjectURL(address), DOWNLOAD_MS);
  });
}

function find(root: HTMLElement, selector: string): HTMLElement {
  const found = root.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`a chart without ${selector}`);
  return found;
}
