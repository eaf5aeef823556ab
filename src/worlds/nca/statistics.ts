// Statistics of simulations: how far they repeat themselves.

import { linearFit } from '../../core/index.ts';
import type { NcaOptions } from './options.ts';
import type { NcaStates } from './rollout.ts';
import { encodePatches } from './tokenizer.ts';

/** Shares of `values` in the bins between rising `edges`: below the first, ..., from the last one on. */
export function shareByBin(values: ArrayLike<number>, edges: readonly number[]): number[] {
  const shares = new Array<number>(edges.length + 1).fill(0);
  for (let i = 0; i < values.length; i++) {
    let bin = 0;
    while (bin < edges.length && values[i]! >= edges[bin]!) bin++;
    shares[bin] = shares[bin]! + 1 / values.length;
  }
  return shares;
}

/** Share of tokens that equal the one at their place a frame before, over all frames but the first. */
export function shareRepeated(options: NcaOptions, states: NcaStates): number {
  const tokens = encodePatches(options, states, 0, states.frames);
  const patches = tokens.length / states.frames;
  let equal = 0;
  for (let i = patches; i < tokens.length; i++) if (tokens[i] === tokens[i - patches]) equal++;
  return equal / (tokens.length - patches);
}

/** Number of distinct tokens in all frames, delimiters left out. */
export function countDistinctTokens(options: NcaOptions, states: NcaStates): number {
  return new Set(encodePatches(options, states, 0, states.frames)).size;
}

/**
 * Share of the last frame's cells whose 3x3 neighborhood of cells occurs in an earlier frame of the simulation: what
 * a look-up of past neighborhoods could answer by the end of a sequence.
 */
export function shareNeighborhoodsSeen(states: NcaStates): number {
  const { grid, frames } = states;
  const last = frames - 1;
  // What the last frame holds is numbered: its rows of three cells, pairs of such rows, and whole neighborhoods.
  // Each numbering is shorter than 2^20, the cells of the largest grid, so two of its numbers make one exact key.
  const rows = new Map<number, number>();
  const pairs = new Map<number, number>();
  const counts = new Map<number, number>();
  const intern = (numbers: Map<number, number>, key: number) => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  };
  const lastRows = numberRows(states, last, (key) => intern(rows, key));
  for (let at = 0; at < grid * grid; at++) {
    const { above, here, below } = rowsAround(lastRows, at, grid);
    const key = join(intern(pairs, join(above, here)), below);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  let seen = 0;
  for (let frame = 0; frame < last; frame++) {
    const frameRows = numberRows(states, frame, (key) => rows.get(key) ?? -1);
    for (let at = 0; at < grid * grid; at++) {
      const { above, here, below } = rowsAround(frameRows, at, grid);
      if (above < 0 || here < 0 || below < 0) continue;
      const pair = pairs.get(join(above, here));
      if (pair === undefined) continue;
      const key = join(pair, below);
      const count = counts.get(key);
      if (count === undefined) continue;
      seen += count;
      counts.delete(key);
    }
  }
  return seen / (grid * grid);
}

function join(a: number, b: number): number {
  return a * 2 ** 20 + b;
}

/** For each cell of a frame the number of the three cells from its left to its right neighbor. */
function numberRows(
  { grid, cells }: NcaStates,
  frame: number,
  numberOf: (key: number) => number,
): Int32Array {
  const first = frame * grid * grid;
  const numbers = new Int32Array(grid * grid);
  for (let at = 0; at < numbers.length; at++) {
    const x = at % grid;
    const row = first + at - x;
    const left = cells[row + (x === 0 ? grid - 1 : x - 1)]!;
    const right = cells[row + (x === grid - 1 ? 0 : x + 1)]!;
    numbers[at] = numberOf(left * 65_536 + cells[row + x]! * 256 + right);
  }
  return numbers;
}

function rowsAround(numbers: Int32Array, at: number, grid: number) {
  const size = grid * grid;
  return {
    above: numbers[at < grid ? at + size - grid : at - grid]!,
    here: numbers[at]!,
    below: numbers[at + grid >= size ? at + grid - size : at + grid]!,
  };
}

/** How often each token occurs, added to `counts`. */
export function countTokens(
  tokens: Iterable<number>,
  counts: Map<number, number> = new Map(),
): Map<number, number> {
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

/**
 * Zipf's exponent: minus the slope of ln(frequency) over ln(rank), least squares over the `top` most frequent
 * values; NaN for fewer than two distinct values.
 */
export function zipfSlope(tokens: Iterable<number>, top = 1000): number {
  return zipfSlopeOfCounts(countTokens(tokens), top);
}

/** `zipfSlope` of tokens already counted. */
export function zipfSlopeOfCounts(counts: ReadonlyMap<number, number>, top = 1000): number {
  const ranked = [...counts.values()].sort((a, b) => b - a).slice(0, top);
  const ranks = ranked.map((_, i) => Math.log(i + 1));
  return -linearFit(
    ranks,
    ranked.map((count) => Math.log(count)),
  ).slope;
}

/**
 * Entropy in bits per token of the frequencies in `counts` (the plug-in estimate, which is low where many tokens were
 * seen only a few times): the loss of the best guess that ignores the context. NaN without tokens.
 */
export function unigramEntropy(counts: ReadonlyMap<number, number>): number {
  let total = 0;
  let sum = 0;
  for (const count of counts.values()) {
    total += count;
    sum += count * Math.log2(count);
  }
  return Math.log2(total) - sum / total;
}
