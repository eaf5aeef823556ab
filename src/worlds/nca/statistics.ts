// What simulations hold: measures of how far they repeat themselves.

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
 * Share of the last frame's cells whose 3x3 neighbourhood of cells occurs in an earlier frame of the simulation: what
 * a look-up of past neighbourhoods could answer by the end of a sequence.
 */
export function shareNeighbourhoodsSeen(states: NcaStates): number {
  const seen = new Set<string>();
  for (let frame = 0; frame < states.frames - 1; frame++) {
    for (const name of nameNeighbourhoods(states, frame)) seen.add(name);
  }
  const names = nameNeighbourhoods(states, states.frames - 1);
  return names.filter((name) => seen.has(name)).length / names.length;
}

/** For each cell of a frame, the nine states around it as a string of nine characters. */
function nameNeighbourhoods(states: NcaStates, frame: number): string[] {
  const { grid, cells } = states;
  const names: string[] = [];
  for (let y = 0; y < grid; y++) {
    for (let x = 0; x < grid; x++) {
      let name = '';
      for (let dy = grid - 1; dy <= grid + 1; dy++) {
        const row = (frame * grid + ((y + dy) % grid)) * grid;
        for (let dx = grid - 1; dx <= grid + 1; dx++) {
          name += String.fromCharCode(cells[row + ((x + dx) % grid)]!);
        }
      }
      names.push(name);
    }
  }
  return names;
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
 * Entropy in bits a token of the frequencies in `counts` (the plug-in estimate, which is low where many tokens were
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
