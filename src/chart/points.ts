// Points of a curve, made ready for drawing: gaps found, long curves thinned, domains measured.

import type { Point } from './spec.ts';

/** A drawable point. */
export type FinitePoint = readonly [number, number];

/**
 * The unbroken pieces of a curve, in order. A point breaks it whose x or y is null or not finite,
 * or not positive on a logarithmic axis.
 */
export function splitAtGaps(points: readonly Point[], logX = false, logY = false): FinitePoint[][] {
  const pieces: FinitePoint[][] = [];
  let open: FinitePoint[] | undefined;
  for (const [x, y] of points) {
    const drawable =
      y !== null &&
      Number.isFinite(x) &&
      Number.isFinite(y) &&
      !(logX && x <= 0) &&
      !(logY && y <= 0);
    if (!drawable) {
      open = undefined;
      continue;
    }
    if (open === undefined) {
      open = [];
      pieces.push(open);
    }
    open.push([x, y]);
  }
  return pieces;
}

/** The parts of a piece whose y lies within a range, cut where its lines cross the range's ends. */
export function cutToRange(
  piece: readonly FinitePoint[],
  [low, high]: readonly [number, number],
): FinitePoint[][] {
  const parts: FinitePoint[][] = [];
  let open: FinitePoint[] | undefined;
  const add = (...points: readonly FinitePoint[]) => {
    if (open === undefined) {
      open = [];
      parts.push(open);
    }
    open.push(...points);
  };
  piece.forEach((point, i) => {
    const [x, y] = point;
    const inside = y >= low && y <= high;
    const before = piece[i - 1];
    if (before !== undefined && before[1] !== y) {
      // In the order in which the line meets them.
      const crossings = (y > before[1] ? [low, high] : [high, low]).filter(
        (end) => (before[1] - end) * (y - end) < 0,
      );
      for (const end of crossings) {
        const share = (end - before[1]) / (y - before[1]);
        add([before[0] + share * (x - before[0]), end]);
      }
    }
    if (inside) add(point);
    else open = undefined;
  });
  return parts;
}

/**
 * A curve of at most `limit` points with the same ends and the same extremes: the lowest and the
 * highest point of each of `(limit - 2) / 2` equal stretches are kept. `limit` is at least 4.
 */
export function thinPoints(points: readonly FinitePoint[], limit: number): FinitePoint[] {
  if (points.length <= limit) return [...points];
  const buckets = Math.floor((limit - 2) / 2);
  const inner = points.length - 2;
  const kept: FinitePoint[] = [points[0]!];
  for (let b = 0; b < buckets; b++) {
    const start = 1 + Math.floor((b * inner) / buckets);
    const end = 1 + Math.floor(((b + 1) * inner) / buckets);
    let low = start;
    let high = start;
    for (let i = start + 1; i < end; i++) {
      if (points[i]![1] < points[low]![1]) low = i;
      if (points[i]![1] > points[high]![1]) high = i;
    }
    kept.push(points[Math.min(low, high)]!);
    if (low !== high) kept.push(points[Math.max(low, high)]!);
  }
  kept.push(points[points.length - 1]!);
  return kept;
}

/** The smallest and largest of the values, or undefined when there is none. */
export function extentOf(values: Iterable<number>): [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : undefined;
}

/** An extent with air on both sides (`fraction` of it), never of width zero. */
export function padExtent(
  [low, high]: readonly [number, number],
  fraction: number,
  logarithmic = false,
): [number, number] {
  if (logarithmic) {
    const ratio = high > low ? (high / low) ** fraction : 2;
    return [low / ratio, high * ratio];
  }
  const air = high > low ? (high - low) * fraction : Math.abs(high) * 0.05 || 1;
  return [low - air, high + air];
}
