// Shape arithmetic, and the errors that it throws while a graph is traced.

import type { Shape } from '../core/index.ts';

/** Two shapes (or a shape and an axis) that do not fit together. Thrown during tracing, never at run time. */
export class ShapeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ShapeError';
  }
}

/** A shape for messages: `[2, 3]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Whether two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** NumPy's broadcasting: aligned at the last axis; sizes must agree, or one of them must be 1. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `${op}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: ` +
          `axis ${i - rank} has size ${x} against ${y}`,
      );
    }
    out.push(x === 1 ? y : x);
  }
  return out;
}

/** Cuts `rows` rows into consecutive chunks of `size` (the last may be shorter), as [start, end). */
export function cutIntoChunks(op: string, rows: number, size: number): [number, number][] {
  if (!Number.isInteger(size) || size < 1) {
    throw new ShapeError(`${op}: rowChunk must be a whole number of at least 1, got ${size}`);
  }
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => [
    i * size,
    Math.min(rows, (i + 1) * size),
  ]);
}

/** Turns a negative axis into a positive one; throws when it lies outside. */
export function resolveAxis(op: string, axis: number, shape: Shape): number {
  const resolved = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= shape.length) {
    throw new ShapeError(`${op}: axis ${axis} lies outside of shape ${formatShape(shape)}`);
  }
  return resolved;
}
