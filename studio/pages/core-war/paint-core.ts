// Draws a core on a canvas: only what has changed since the last time.

import type { MapLayout } from './map-layout.ts';
import { MARKS, type Mark, type TouchMap } from './touch-map.ts';

/** Colors as CSS has them. */
export type MapColors = {
  readonly paper: string;
  readonly ink: string;
  readonly grid: string;
  /** By warrior. */
  readonly warriors: readonly string[];
};

export type MapPainter = {
  /** To be called first, and whenever the layout or the colors are others. `ratio`: pixels of the device per CSS pixel. */
  resize(layout: MapLayout, ratio: number, colors: MapColors): void;
  /** `position`: instructions so far, by which what is recent is told. */
  draw(touched: TouchMap, position: number, showsReads: boolean): void;
};

const SERIES = 6;
/** Touches so many instructions ago are drawn in full color. */
const RECENT = 128;
const OLD_ALPHA = 0.68;
/** In pixels of the device: smaller cells have no room for shapes. */
const MIN_SHAPE = 5;

export function readColors(warriors: number): MapColors {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string, otherwise: string) =>
    style.getPropertyValue(name).trim() || otherwise;
  return {
    paper: color('--card', '#fff'),
    ink: color('--ink', '#000'),
    grid: color('--rule', '#ddd'),
    warriors: Array.from({ length: warriors }, (_, i) =>
      color(`--series-${(i % SERIES) + 1}`, '#2167c5'),
    ),
  };
}

export function createPainter(canvas: HTMLCanvasElement, coreSize: number): MapPainter {
  const context = canvas.getContext('2d', { alpha: false })!;
  /** What each cell shows, as a number; -1 for nothing yet. */
  const shown = new Int32Array(coreSize);
  let columns = 1;
  let side = 1;
  let image = new ImageData(1, 1);
  /** The image and the tiles, a number per pixel: a cell is copied row by row, which takes a fraction of `drawImage`. */
  let pixels = new Uint32Array(1);
  let tiles = new Uint32Array(1);
  let tilesWidth = 1;
  /** By warrior. */
  let dots: readonly number[] = [];

  function paintCell(address: number, column: number, owner: number, reader: number): void {
    const width = image.width;
    const left = (address % columns) * side;
    const top = Math.floor(address / columns) * side;
    for (let y = 0; y < side; y++) {
      const from = (owner * side + y) * tilesWidth + column * side;
      const to = (top + y) * width + left;
      for (let x = 0; x < side; x++) pixels[to + x] = tiles[from + x]!;
    }
    if (reader === 0) return;
    const dot = Math.max(1, Math.round(side / 3));
    const margin = Math.floor((side - dot) / 2);
    for (let y = margin; y < margin + dot; y++) {
      const to = (top + y) * width + left + margin;
      pixels.fill(dots[reader - 1]!, to, to + dot);
    }
  }

  return {
    resize(layout, ratio, colors) {
      columns = layout.columns;
      side = Math.max(1, Math.round(layout.side * ratio));
      canvas.width = columns * side;
      canvas.height = layout.rows * side;
      const sheet = drawSheet(side, colors);
      tilesWidth = sheet.width;
      tiles = new Uint32Array(sheet.data.buffer);
      // The corner of an executed cell has the color alone.
      dots = colors.warriors.map((_, i) => tiles[(i + 1) * side * tilesWidth + EXECUTED * side]!);
      image = new ImageData(canvas.width, canvas.height);
      pixels = new Uint32Array(image.data.buffer);
      pixels.fill(tiles[0]!);
      context.putImageData(image, 0, 0);
      shown.fill(-1);
    },
    draw({ owners, marks, times, readers, readTimes }, position, showsReads) {
      let first = coreSize;
      let last = -1;
      for (let address = 0; address < coreSize; address++) {
        const isRecent = times[address]! + RECENT > position;
        const column = marks[address]! + (isRecent ? 0 : MARKS.length);
        const reader = showsReads && readTimes[address]! > times[address]! ? readers[address]! : 0;
        const owner = owners[address]!;
        const look = (reader * 16 + owner) * 2 * MARKS.length + column;
        if (shown[address] === look) continue;
        shown[address] = look;
        paintCell(address, column, owner, reader);
        if (address < first) first = address;
        last = address;
      }
      if (last < 0) return;
      const top = Math.floor(first / columns) * side;
      const height = (Math.floor(last / columns) + 1) * side - top;
      context.putImageData(image, 0, 0, 0, top, image.width, height);
    },
  };
}

const EXECUTED = MARKS.indexOf('executed');

/** A row of tiles per warrior, after one for nobody: each mark in full color, then each faded. */
function drawSheet(side: number, colors: MapColors): ImageData {
  const sheet = document.createElement('canvas');
  sheet.width = side * 2 * MARKS.length;
  sheet.height = side * (colors.warriors.length + 1);
  const context = sheet.getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = colors.paper;
  context.fillRect(0, 0, sheet.width, sheet.height);
  for (let owner = 0; owner <= colors.warriors.length; owner++) {
    MARKS.forEach((mark, number) => {
      for (const isRecent of [true, false]) {
        const x = (number + (isRecent ? 0 : MARKS.length)) * side;
        context.save();
        context.beginPath();
        context.rect(x, owner * side, side, side);
        context.clip();
        const tile = { x, y: owner * side, side, mark, owner, colors };
        drawTile(context, tile, isRecent || mark === 'loaded' || mark === 'died');
        context.restore();
      }
    });
  }
  return context.getImageData(0, 0, sheet.width, sheet.height);
}

/** A tile on its own, for a legend. `owner` from 1. */
export function drawLegendTile(
  canvas: HTMLCanvasElement,
  mark: Mark | 'read',
  owner: number,
  colors: MapColors,
): void {
  const context = canvas.getContext('2d')!;
  const side = canvas.width;
  context.fillStyle = colors.paper;
  context.fillRect(0, 0, side, side);
  if (mark !== 'read') {
    drawTile(context, { x: 0, y: 0, side, mark, owner, colors }, true);
    return;
  }
  const dot = Math.round(side / 3);
  context.fillStyle = colors.warriors[owner - 1]!;
  context.fillRect((side - dot) / 2, (side - dot) / 2, dot, dot);
}

type Tile = {
  readonly x: number;
  readonly y: number;
  readonly side: number;
  readonly mark: Mark;
  /** From 1; 0 for nobody. */
  readonly owner: number;
  readonly colors: MapColors;
};

function drawTile(context: CanvasRenderingContext2D, tile: Tile, isFull: boolean): void {
  const { x, y, side, mark, owner, colors } = tile;
  const body = side > 3 ? side - 1 : side;
  if (owner === 0 || mark === 'untouched') {
    context.fillStyle = colors.grid;
    const dot = side >= MIN_SHAPE ? Math.max(1, Math.round(side / 7)) : 1;
    const margin = Math.floor((body - dot) / 2);
    if (side >= 3) context.fillRect(x + margin, y + margin, dot, dot);
    return;
  }
  context.save();
  context.globalAlpha = isFull ? 1 : OLD_ALPHA;
  context.fillStyle = colors.warriors[owner - 1]!;
  context.strokeStyle = colors.warriors[owner - 1]!;
  const middle = body / 2;
  switch (mark) {
    case 'loaded': {
      const line = Math.max(1, Math.round(side / 8));
      context.lineWidth = line;
      if (side < 3) context.fillRect(x, y, body, body);
      else context.strokeRect(x + line / 2, y + line / 2, body - line, body - line);
      break;
    }
    case 'changed': {
      const height = Math.max(1, Math.round(body / 3));
      context.fillRect(x, y + Math.round((body - height) / 2), body, height);
      break;
    }
    case 'written':
      fillShape(context, x + middle, y + middle, side < MIN_SHAPE ? body : body * 0.8, owner);
      break;
    case 'executed':
    case 'split': {
      context.fillRect(x, y, body, body);
      context.globalAlpha = 1;
      context.fillStyle = colors.paper;
      const line = Math.max(1, Math.round(side / 8));
      if (mark === 'split' && side >= 4) {
        context.fillRect(x + Math.round(middle - line / 2), y, line, body);
        context.fillRect(x, y + Math.round(middle - line / 2), body, line);
      } else if (mark === 'executed' && side >= MIN_SHAPE) {
        const hole = Math.max(1, Math.round(body * 0.34));
        const margin = Math.round((body - hole) / 2);
        if (side >= 10) fillShape(context, x + middle, y + middle, body * 0.42, owner);
        else context.fillRect(x + margin, y + margin, hole, hole);
      }
      break;
    }
    case 'died':
      context.strokeStyle = colors.ink;
      context.lineWidth = Math.max(1, side / 5);
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x + body, y + body);
      context.moveTo(x + body, y);
      context.lineTo(x, y + body);
      context.stroke();
  }
  context.restore();
}

/** Warriors differ in their shape: square, diamond, disc, triangle, and again. */
function fillShape(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  size: number,
  owner: number,
): void {
  const half = size / 2;
  const shape = size < 3 ? 0 : (owner - 1) % 4;
  context.beginPath();
  if (shape === 0) context.rect(x - half, y - half, size, size);
  else if (shape === 2) context.arc(x, y, half * 1.1, 0, 2 * Math.PI);
  else {
    const corners =
      shape === 1
        ? [
            [0, -1.25],
            [1.25, 0],
            [0, 1.25],
            [-1.25, 0],
          ]
        : [
            [0, -1.15],
            [1.15, 1],
            [-1.15, 1],
          ];
    corners.forEach(([dx, dy], i) => {
      if (i === 0) context.moveTo(x + dx! * half, y + dy! * half);
      else context.lineTo(x + dx! * half, y + dy! * half);
    });
    context.closePath();
  }
  context.fill();
}
