// One plane of cells, drawn as large as there is room.

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Plane } from '../../src/worlds/plane.ts';
import { drawCells } from './draw-cells.ts';
import './player.css';

export function FrameCanvas({
  plane,
  label,
}: {
  readonly plane: Plane;
  /** What it shows, for those who do not see it. */
  readonly label: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, cells } = plane;
  useLayoutEffect(() => drawCells(canvas.current!, width, height, cells), [width, height, cells]);
  return (
    <canvas
      ref={canvas}
      class="cells"
      role="img"
      aria-label={label}
      width={width}
      height={height}
      style={{ aspectRatio: `${width} / ${height}` }}
    />
  );
}
