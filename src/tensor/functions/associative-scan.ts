// All prefixes of a sequence under an associative combination, in logarithmic depth.

import type { Tree } from '../../core/index.ts';
import type { Tensor } from '../graph.ts';
import { concat } from '../operations/concat.ts';
import { reshape } from '../operations/reshape.ts';
import { slice } from '../operations/slice.ts';
import { formatShape, resolveAxis, ShapeError } from '../shape.ts';
import { leavesOf, matchLeaves, refill, tensorOf } from './tree-leaves.ts';

export type AssociativeScanOptions = {
  /** The scanned axis of every leaf; by default the first. */
  readonly axis?: number;
  /** Scans from the last entry to the first. */
  readonly reverse?: boolean;
};

/** Leaves, in order. */
type Entries = readonly Tensor[];

/** `first` comes before `then` in the direction of the scan. */
type Combine = (first: Entries, then: Entries) => Entries;

/**
 * Sequences up to this length are combined with themselves shifted by 1, 2, 4, ... entries (Hillis and Steele 1986): fewer rounds, each
 * over all entries. Longer ones are halved first, which on a CPU is 2.7 times as fast with 1,024 entries, and slower below 32.
 */
const HALVE_FROM = 32;

/**
 * All prefixes under an associative combination. Entry t of the result combines `elems[0]` to `elems[t]` or, in reverse, the last
 * entry down to `elems[t]`. Logarithmic depth and linear work (Blelloch 1990, by halves: pairs are combined, their scan gives every
 * second entry, and one more combination gives the entries in between).
 *
 * @param combine associative, entry by entry. It gets two trees like `elems`, of any length along the axis; the first one comes
 *   first in the direction of the scan
 * @param elems leaves of equal length along the axis
 * @throws ShapeError if lengths differ, or `combine` changes the layout, a shape or a dtype
 */
export function associativeScan<T extends Tree<Tensor>>(
  combine: (first: T, then: T) => T,
  elems: T,
  { axis = 0, reverse = false }: AssociativeScanOptions = {},
): T {
  const given = leavesOf('associativeScan', 'elems', elems);
  const [first] = given;
  if (!first) throw new ShapeError('associativeScan: elems is empty');
  const at = resolveAxis('associativeScan', axis, first.tensor.shape);
  const length = first.tensor.shape[at]!;
  for (const { name, tensor } of given) {
    const own = tensor.shape[resolveAxis('associativeScan', axis, tensor.shape)];
    if (own === length) continue;
    throw new ShapeError(
      `associativeScan: ${name} ${formatShape(tensor.shape)} has ${own} entries along axis ${axis}, ` +
        `${first.name} ${length}`,
    );
  }
  const axes = given.map(({ tensor }) => resolveAxis('associativeScan', axis, tensor.shape));
  const step: Combine = (before, after) => {
    const made = combine(refill(elems, before), refill(elems, after));
    return matchLeaves(
      'associativeScan',
      leavesOf('associativeScan', 'its argument', refill(elems, after)),
      leavesOf('associativeScan', 'the combination', made),
      'the combination',
      'a combination keeps layout, shapes and dtypes',
    );
  };
  const direction = reverse ? backwards(axes) : forwards(axes);
  return refill(elems, scanEntries(step, given.map(tensorOf), length, direction));
}

/** Entries along the axis, counted in the direction of the scan. */
type Direction = {
  take(x: Entries, start: number, end: number): Entries;
  join(parts: readonly Entries[]): Entries;
  /** Every second entry of an even number of entries, starting from the first or the second. */
  half(x: Entries, length: number, second: boolean): Entries;
  /** Interleaves two halves: the inverse of `half`. */
  interleave(first: Entries, second: Entries, half: number): Entries;
};

function forwards(axes: readonly number[]): Direction {
  const join = (parts: readonly Entries[]) =>
    axes.map((axis, i) =>
      concat(
        parts.map((entries) => entries[i]!),
        axis,
      ),
    );
  return {
    take: (x, start, end) => x.map((leaf, i) => slice(leaf, axes[i]!, start, end)),
    join,
    half: (x, length, second) =>
      x.map((leaf, i) => {
        const [axis, { shape }] = [axes[i]!, leaf];
        const [before, after] = [shape.slice(0, axis), shape.slice(axis + 1)];
        const pairs = reshape(leaf, [...before, length / 2, 2, ...after]);
        const taken = slice(pairs, axis + 1, second ? 1 : 0, second ? 2 : 1);
        return reshape(taken, [...before, length / 2, ...after]);
      }),
    interleave: (first, second, half) =>
      axes.map((axis, i) => {
        const { shape } = first[i]!;
        const [before, after] = [shape.slice(0, axis), shape.slice(axis + 1)];
        const pairs = [first[i]!, second[i]!].map((leaf) =>
          reshape(leaf, [...before, half, 1, ...after]),
        );
        return reshape(concat(pairs, axis + 1), [...before, 2 * half, ...after]);
      }),
  };
}

/** The operations of `forwards`, counted from the other end. */
function backwards(axes: readonly number[]): Direction {
  const forward = forwards(axes);
  const lengthOf = (x: Entries) => x[0]!.shape[axes[0]!]!;
  return {
    take: (x, start, end) => forward.take(x, lengthOf(x) - end, lengthOf(x) - start),
    join: (parts) => forward.join(parts.toReversed()),
    half: (x, length, second) => forward.half(x, length, !second),
    interleave: (first, second, half) => forward.interleave(second, first, half),
  };
}

function scanEntries(combine: Combine, x: Entries, length: number, direction: Direction): Entries {
  if (length < HALVE_FROM) return scanByShifts(combine, x, length, direction);
  const { take, join, half, interleave } = direction;
  const count = Math.floor(length / 2);
  const even = take(x, 0, 2 * count);
  const firsts = half(even, 2 * count, false);
  const pairs = combine(firsts, half(even, 2 * count, true));
  // Entries 1, 3, 5, ... of the result. Each entry in between combines the one before it with its own element.
  const odd = scanEntries(combine, pairs, count, direction);
  const [begin, rest] = [take(x, 0, 1), take(firsts, 1, count)];
  if (length % 2 === 0) {
    const between = combine(take(odd, 0, count - 1), rest);
    return interleave(join([begin, between]), odd, count);
  }
  const between = combine(odd, join([rest, take(x, length - 1, length)]));
  return join([begin, interleave(odd, between, count)]);
}

function scanByShifts(combine: Combine, x: Entries, length: number, direction: Direction): Entries {
  const { take, join } = direction;
  let found = x;
  for (let by = 1; by < length; by *= 2) {
    const moved = combine(take(found, 0, length - by), take(found, by, length));
    found = join([take(found, 0, by), moved]);
  }
  return found;
}
