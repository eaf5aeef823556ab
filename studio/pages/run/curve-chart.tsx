// Curves that may be long: hovered for values, zoomed by dragging and by the wheel, moved with shift, reset by a double click.

import { useEffect, useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { formatNumber, formatTick } from '../../../src/chart/format.ts';
import { LIGHT_SERIES } from '../../../src/chart/palette.ts';
import type { Curve } from './read-curves.ts';

export type CurveChartProps = {
  readonly label: string;
  readonly unit: string;
  readonly xLabel: string;
  readonly curves: readonly Curve[];
  readonly logX: boolean;
  readonly logY: boolean;
};

const HEIGHT = 260;

export function CurveChart({ label, unit, xLabel, curves, logX, logY }: CurveChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const shape = `${curves.map(({ name }) => name).join('\n')} ${logX} ${logY} ${xLabel}`;
  const data = useMemo(() => joinCurves(curves, { logX, logY }), [curves, logX, logY]);
  const newest = useRef(data);
  newest.current = data;

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const width = () => Math.max(240, element.clientWidth);
    const made = new uPlot(
      chartOptions(
        { label, unit, xLabel, names: curves.map(({ name }) => name), logX, logY },
        width(),
      ),
      newest.current,
      element,
    );
    chart.current = made;
    const undo = makeMovable(made);
    const observer = new ResizeObserver(() => made.setSize({ width: width(), height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      undo();
      made.destroy();
      chart.current = null;
    };
  }, [shape]);

  // What is zoomed into stays in view while rows come in.
  useEffect(() => {
    const current = chart.current;
    if (!current || current.data === data) return;
    current.setData(data, !isZoomed(current));
    if (isZoomed(current)) current.redraw();
  });

  return (
    <figure class="curve">
      <figcaption>
        {label}
        {unit && <span class="unit">{unit}</span>}
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={describe(label, curves)} />
    </figure>
  );
}

/** For those who do not see it. */
function describe(label: string, curves: readonly Curve[]): string {
  const ends = curves.map(
    ({ name, y }) => `${name} ${formatNumber(y.findLast((v) => v !== null))}`,
  );
  return `${label}: ${ends.join(', ')} at the end`;
}

/** All curves over all their positions. What a logarithmic axis cannot show is missing. */
function joinCurves(
  curves: readonly Curve[],
  { logX, logY }: { readonly logX: boolean; readonly logY: boolean },
): uPlot.AlignedData {
  const tables = curves.map(({ x, y }): uPlot.AlignedData => {
    const kept = [...x.keys()].filter((i) => !logX || x[i]! > 0);
    return [
      kept.map((i) => x[i]!),
      kept.map((i) => (logY && !(y[i]! > 0) ? null : y[i]!)),
    ] as uPlot.AlignedData;
  });
  return tables.length === 1 ? tables[0]! : uPlot.join(tables);
}

type Drawn = Omit<CurveChartProps, 'curves'> & { readonly names: readonly string[] };

function chartOptions({ label, xLabel, names, logX, logY }: Drawn, width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
  const axis = {
    stroke: color('--ink-soft', '#59626f'),
    grid: { stroke: color('--rule', '#dde1e6') },
  };
  const values = (_: uPlot, ticks: number[]) =>
    ticks.map((tick) => (tick === null ? '' : formatTick(tick)));
  return {
    title: '',
    width,
    height: HEIGHT,
    scales: {
      x: { time: false, distr: logX ? 3 : 1 },
      y: { distr: logY ? 3 : 1 },
    },
    axes: [
      { ...axis, label: xLabel, values, labelSize: 20, size: 40 },
      { ...axis, values, size: 64 },
    ],
    series: [
      { label: xLabel, value: (_, value) => (value === null ? '–' : formatTick(value)) },
      ...names.map((name, i) => ({
        label: names.length === 1 ? label : name,
        stroke: color(
          `--series-${(i % LIGHT_SERIES.length) + 1}`,
          LIGHT_SERIES[i % LIGHT_SERIES.length]!,
        ),
        width: 1.5,
        spanGaps: true,
        points: { show: false },
        value: (_: uPlot, value: number | null) => formatNumber(value),
      })),
    ],
    cursor: { drag: { x: true, y: false } },
  };
}

function isZoomed(chart: uPlot): boolean {
  const { min, max } = chart.scales.x!;
  const x = chart.data[0];
  return (
    x.length > 0 && min !== undefined && max !== undefined && (min! > x[0]! || max! < x.at(-1)!)
  );
}

const ZOOM = 1.25;

/** The wheel with ctrl zooms around the pointer; dragging with shift moves. @returns what undoes it */
function makeMovable(chart: uPlot): () => void {
  const { over } = chart;
  const set = (min: number, max: number) => chart.setScale('x', { min, max });
  const onWheel = (event: WheelEvent) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const at = chart.posToVal(event.offsetX, 'x');
    const factor = event.deltaY < 0 ? 1 / ZOOM : ZOOM;
    const { min, max } = chart.scales.x as { min: number; max: number };
    set(at - (at - min) * factor, at + (max - at) * factor);
  };
  const onDown = (event: PointerEvent) => {
    if (!event.shiftKey) return;
    event.stopPropagation();
    const { min, max } = chart.scales.x as { min: number; max: number };
    const perPixel = (max - min) / over.clientWidth;
    const begin = event.clientX;
    const onMove = (move: PointerEvent) => {
      const shift = (begin - move.clientX) * perPixel;
      set(min + shift, max + shift);
    };
    const onUp = () => {
      window.removeEventListener('pointermove', onMove);
      window.removeEventListener('pointerup', onUp);
    };
    window.addEventListener('pointermove', onMove);
    window.addEventListener('pointerup', onUp);
  };
  const noDrag = (event: MouseEvent) => {
    if (event.shiftKey) event.stopImmediatePropagation();
  };
  over.addEventListener('wheel', onWheel, { passive: false });
  over.addEventListener('pointerdown', onDown);
  over.addEventListener('mousedown', noDrag, { capture: true });
  return () => {
    over.removeEventListener('wheel', onWheel);
    over.removeEventListener('pointerdown', onDown);
    over.removeEventListener('mousedown', noDrag, { capture: true });
  };
}
