// The core as a map: cells by owner and by what was done to them, with what runs next marked over it.

import { effect, type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { letterOf } from '../../../src/corewar/index.ts';
import type { Controller } from './battle-controller.ts';
import { formatAddress, formatCell } from './describe-step.ts';
import { addressAt, layOutCore, type MapLayout, moveAddress } from './map-layout.ts';
import { createPainter, drawLegendTile, type MapColors, readColors } from './paint-core.ts';
import { MARKS, type Mark } from './touch-map.ts';

export type CoreCanvasProps = {
  readonly controller: Controller;
  readonly selected: Signal<number>;
  readonly showsReads: boolean;
  readonly zoom: number;
};

/** Pixels of a canvas, at most: memory is four times as many bytes. */
const MAX_PIXELS = 16e6;
const DEFAULT_WIDTH = 640;

export function CoreCanvas({ controller, selected, showsReads, zoom }: CoreCanvasProps) {
  const frame = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const width = useSignal(DEFAULT_WIDTH);
  const scheme = useSignal(0);
  const { settings, warriors } = controller.replay.battle;
  const { coreSize } = settings;
  const layout = layOutCore(coreSize, width.value, zoom);

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => {
      width.value = Math.max(160, element.clientWidth);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    const query = matchMedia('(prefers-color-scheme: dark)');
    const repaint = () => {
      scheme.value++;
    };
    query.addEventListener('change', repaint);
    return () => {
      observer.disconnect();
      query.removeEventListener('change', repaint);
    };
  }, []);

  useEffect(() => {
    // Effects come after the paint, when the reader may be elsewhere already.
    if (!base.current || !over.current) return;
    const painter = createPainter(base.current, coreSize);
    const colors = readColors(warriors.length);
    const ratio = fitRatio(layout);
    painter.resize(layout, ratio, colors);
    const marker = openMarker(over.current, layout, ratio, colors);
    return effect(() => {
      controller.version.value;
      const { replay } = controller;
      painter.draw(replay.touched, replay.position(), showsReads);
      marker(controller, selected.value);
    });
  }, [controller, coreSize, layout.columns, layout.side, showsReads, scheme.value]);

  const pick = (event: MouseEvent) => {
    const box = base.current!.getBoundingClientRect();
    const scale = (layout.columns * layout.side) / box.width;
    const x = (event.clientX - box.left) * scale;
    const y = (event.clientY - box.top) * scale;
    const address = addressAt(layout, coreSize, x, y);
    if (address !== null) selected.value = address;
  };
  const size = {
    width: `${layout.columns * layout.side}px`,
    height: `${layout.rows * layout.side}px`,
  };
  return (
    <div class="cw-map" ref={frame}>
      <div
        class="cw-map-cells"
        role="application"
        aria-roledescription="core map"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard moves among the cells
        tabIndex={0}
        aria-label={`Core map of ${coreSize} cells. Arrow keys choose a cell.`}
        aria-describedby="cw-selected"
        style={size}
        onPointerDown={pick}
        onKeyDown={(event) => {
          const next = moveAddress(event.key, selected.value, layout, coreSize);
          if (next === null || event.ctrlKey || event.altKey || event.metaKey) return;
          event.preventDefault();
          event.stopPropagation();
          selected.value = next;
        }}
      >
        <canvas ref={base} style={size} />
        <canvas ref={over} style={size} />
      </div>
      <SelectedCell controller={controller} selected={selected} />
    </div>
  );
}

/** What is under the cursor of the map, in a line. */
function SelectedCell({ controller, selected }: Pick<CoreCanvasProps, 'controller' | 'selected'>) {
  controller.textVersion.value;
  const { replay } = controller;
  const { settings } = replay.battle;
  const address = selected.value;
  return (
    <p class="cw-selected" id="cw-selected">
      <code>
        {formatAddress(address, settings)} {formatCell(replay.cell(address), settings)}
      </code>{' '}
      {describeTouch(controller, address)}
    </p>
  );
}

/** Who did what to a cell last. */
export function describeTouch({ replay }: Controller, address: number): string {
  const { owners, marks, times, readers, readTimes } = replay.touched;
  const owner = owners[address]!;
  const letter = (one: number) => letterOf(one - 1).toUpperCase();
  const name = (one: number) => `${letter(one)} ${replay.battle.warriors[one - 1]!.name}`;
  const touch = owner === 0 ? 'untouched' : `${MARK_WORDS[MARKS[marks[address]!]!]} ${name(owner)}`;
  const reader = readers[address]!;
  if (reader === 0 || readTimes[address]! <= times[address]!) return touch;
  return `${touch}, read by ${name(reader)}`;
}

const MARK_WORDS: Readonly<Record<Mark, string>> = {
  untouched: 'untouched',
  loaded: 'loaded with',
  changed: 'changed by',
  written: 'written by',
  executed: 'executed by',
  split: 'executed by',
  died: 'where a process ended of',
};

function fitRatio({ columns, rows, side }: MapLayout): number {
  const ratio = Math.min(3, window.devicePixelRatio || 1);
  const pixels = columns * rows * side * side * ratio * ratio;
  return pixels <= MAX_PIXELS ? ratio : Math.max(0.5, ratio * Math.sqrt(MAX_PIXELS / pixels));
}

/** Draws, over the map, the cells that run next, breakpoints and the chosen cell. */
function openMarker(
  canvas: HTMLCanvasElement,
  layout: MapLayout,
  ratio: number,
  colors: MapColors,
) {
  const { columns, rows } = layout;
  const side = Math.max(1, Math.round(layout.side * ratio));
  canvas.width = columns * side;
  canvas.height = rows * side;
  const context = canvas.getContext('2d')!;
  const ring = (address: number, color: string, line: number, margin: number) => {
    const x = (address % columns) * side - margin;
    const y = Math.floor(address / columns) * side - margin;
    context.lineWidth = line;
    context.strokeStyle = color;
    context.strokeRect(x, y, side - 1 + 2 * margin, side - 1 + 2 * margin);
  };
  return ({ replay, addressStops }: Controller, selected: number): void => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (const address of addressStops.value) ring(address, colors.ink, ratio, ratio);
    replay.battle.warriors.forEach((_, warrior) => {
      const [address] = replay.queue(warrior);
      if (address === undefined) return;
      ring(address, colors.paper, 4 * ratio, 2 * ratio);
      ring(address, colors.ink, 2 * ratio, 2 * ratio);
      label(address, letterOf(warrior).toUpperCase(), colors.warriors[warrior]!);
    });
    context.setLineDash([3 * ratio, 2 * ratio]);
    ring(selected, colors.ink, 1.5 * ratio, 3 * ratio);
    context.setLineDash([]);
  };

  function label(address: number, letter: string, color: string): void {
    const height = 13 * ratio;
    const x = (address % columns) * side;
    const y = Math.floor(address / columns) * side;
    const left =
      x + side + 4 * ratio + height > canvas.width ? x - height - 4 * ratio : x + side + 3 * ratio;
    const top = Math.max(0, Math.min(canvas.height - height, y + side / 2 - height / 2));
    context.fillStyle = color;
    context.fillRect(left, top, height, height);
    context.fillStyle = colors.paper;
    context.font = `bold ${11 * ratio}px ui-monospace, monospace`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(letter, left + height / 2, top + height / 2 + ratio);
  }
}

/** What the shapes mean. */
export function MapLegend({ warriors }: { readonly warriors: number }) {
  const owner = Math.min(warriors, 1) || 1;
  return (
    <ul class="cw-legend" aria-label="Marks of the map">
      {LEGEND.map(({ mark, label }) => (
        <li key={mark}>
          <LegendTile mark={mark} owner={owner} /> {label}
        </li>
      ))}
    </ul>
  );
}

const LEGEND: readonly { readonly mark: Mark | 'read'; readonly label: string }[] = [
  { mark: 'executed', label: 'executed' },
  { mark: 'split', label: 'executed SPL' },
  { mark: 'written', label: 'written' },
  { mark: 'changed', label: 'changed by a mode' },
  { mark: 'read', label: 'read' },
  { mark: 'loaded', label: 'loaded' },
  { mark: 'died', label: 'a process ended' },
];

function LegendTile({
  mark,
  owner,
}: {
  readonly mark: Mark | 'read';
  /** From 1. */
  readonly owner: number;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useSignal(0);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const repaint = () => {
      scheme.value++;
    };
    query.addEventListener('change', repaint);
    return () => query.removeEventListener('change', repaint);
  }, []);
  useEffect(() => {
    if (canvas.current) drawLegendTile(canvas.current, mark, owner, readColors(owner));
  }, [mark, owner, scheme.value]);
  return <canvas ref={canvas} class="cw-tile" width={28} height={28} />;
}
