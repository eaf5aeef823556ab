// Values at the pointer, or at the stop that arrow keys have reached.

import { createSvg } from '../canvas.ts';
import { findNearestStop, listStops, type Reading, readValues } from '../read-values.ts';
import type { ChartSpec } from '../spec.ts';

/** What the drawing library tells of a drawn chart. */
type Drawn = SVGSVGElement & {
  readonly scale?: (
    name: 'x' | 'y',
  ) =>
    | { readonly apply: (value: number) => number; readonly range?: readonly number[] }
    | undefined;
};

export type Reader = {
  /** Begins to read another drawing. */
  show(spec: ChartSpec, svg: SVGSVGElement): void;
};

/**
 * @param body what the reader focuses; it gets arrow keys
 * @param layer what lies over it, and gets the pointer
 */
export function createReader(body: HTMLElement, layer: HTMLElement, title: string): Reader {
  const page = body.ownerDocument;
  const tip = page.createElement('div');
  tip.className = 'chart-tip';
  tip.setAttribute('role', 'status');
  tip.hidden = true;
  body.append(tip);
  body.tabIndex = 0;
  body.setAttribute('role', 'group');
  body.setAttribute('aria-label', `${title}. Arrow keys read values.`);

  let spec: ChartSpec | undefined;
  let svg: Drawn | undefined;
  let stops: readonly number[] = [];
  let current = -1;
  let cursor: Element | undefined;

  const hide = () => {
    current = -1;
    cursor?.remove();
    tip.hidden = true;
  };
  const moveTo = (index: number) => {
    const x = svg?.scale?.('x');
    const y = svg?.scale?.('y');
    const reading = spec && stops[index] !== undefined ? readValues(spec, stops[index]) : null;
    if (!svg || !x || !y || !reading) return hide();
    current = index;
    cursor?.remove();
    cursor = drawCursor(page, reading, x.apply, y);
    svg.append(cursor);
    writeTip(page, tip, reading);
    tip.hidden = false;
    const left = x.apply(reading.x);
    const isRight = left > body.clientWidth / 2;
    tip.style.left = isRight ? '' : `${left + 12}px`;
    tip.style.right = isRight ? `${body.clientWidth - left + 12}px` : '';
  };

  layer.addEventListener('pointermove', (event) => {
    const x = svg?.scale?.('x');
    if (!x) return;
    const place = event.clientX - layer.getBoundingClientRect().left;
    const index = findNearestStop(stops, place, x.apply);
    if (index !== current || tip.hidden) moveTo(index);
  });
  layer.addEventListener('pointerleave', hide);
  body.addEventListener('blur', hide);
  body.addEventListener('keydown', (event) => {
    const next = nextStop(event.key, event.shiftKey, current, stops.length);
    if (next === null) return;
    event.preventDefault();
    if (next < 0) hide();
    else moveTo(next);
  });

  return {
    show(shown, drawn) {
      hide();
      spec = shown;
      svg = drawn;
      stops = listStops(shown);
    },
  };
}

/** Steps with the shift key, as a share of all stops. */
const LEAP = 0.1;

/** The index that a key leads to, -1 to stop reading, null for keys that mean nothing here. */
function nextStop(key: string, isLeap: boolean, current: number, count: number): number | null {
  if (count === 0) return null;
  const step = isLeap ? Math.max(1, Math.round(LEAP * count)) : 1;
  switch (key) {
    case 'ArrowRight':
      return Math.min(count - 1, current + step);
    case 'ArrowLeft':
      return current < 0 ? count - 1 : Math.max(0, current - step);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    case 'Escape':
      return -1;
    default:
      return null;
  }
}

function drawCursor(
  page: Document,
  { x, values }: Reading,
  placeX: (value: number) => number,
  y: { readonly apply: (value: number) => number; readonly range?: readonly number[] },
): Element {
  const [bottom = 0, top = 0] = y.range ?? [];
  const left = placeX(x);
  const line = { x1: left, x2: left, y1: top, y2: bottom };
  const quiet = { stroke: 'currentColor', 'stroke-opacity': 0.45 };
  return createSvg(page, 'g', { class: 'chart-cursor', 'pointer-events': 'none' }, [
    createSvg(page, 'line', { ...line, ...quiet }),
    ...values.map((value) =>
      createSvg(page, 'circle', {
        cx: placeX(value.x),
        cy: y.apply(value.y),
        r: 4,
        fill: value.color,
        stroke: 'var(--card, #ffffff)',
        'stroke-width': 1.5,
      }),
    ),
  ]);
}

function writeTip(page: Document, tip: HTMLElement, { heading, values }: Reading): void {
  const title = page.createElement('strong');
  title.textContent = heading;
  const rows = values.map(({ name, color, text }) => {
    const row = page.createElement('span');
    const swatch = page.createElement('i');
    swatch.style.background = color;
    row.append(swatch, `${name}: ${text}`);
    return row;
  });
  tip.replaceChildren(title, ...rows);
}
