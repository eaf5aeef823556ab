// A simulation: a random initial state, burn-in, and frames.

import {
  bitsToUniform,
  expFloat32,
  foldIn,
  type Key,
  normal,
  randomBits,
} from '../../core/index.ts';
import type { NcaOptions } from './options.ts';
import type { NcaRule } from './rule.ts';
import { createNcaStep } from './step.ts';

const f = Math.fround;

/** Frames of one simulation: `cells` is `[frames, grid, grid]`, each a state 0..colors-1. */
export type NcaStates = {
  readonly grid: number;
  readonly frames: number;
  readonly cells: Uint8Array;
};

/**
 * An initial state `[grid, grid]`: one standard normal logit vector, and cells drawn independently from its softmax.
 *
 * The logits are `normal(foldIn(key, 'initial logits'), colors)`. Cell c is the number of k < colors-1 with
 * `fround(u * total) >= e^logit 0 + ... + e^logit k` (float32, summed from the left), where u is `bitsToUniform` of
 * word c of `randomBits(foldIn(key, 'initial cells'), cells)`.
 */
export function sampleInitialState(colors: number, grid: number, key: Key): Uint8Array {
  const logits = normal(foldIn(key, 'initial logits'), colors);
  const cumulative = new Float32Array(colors);
  let total = 0;
  for (let k = 0; k < colors; k++) {
    total = f(total + expFloat32(logits[k]!));
    cumulative[k] = total;
  }
  const bits = randomBits(foldIn(key, 'initial cells'), grid * grid);
  const cells = new Uint8Array(grid * grid);
  for (let c = 0; c < cells.length; c++) {
    const threshold = f(bitsToUniform(bits[c]!) * total);
    let state = 0;
    while (state < colors - 1 && threshold >= cumulative[state]!) state++;
    cells[c] = state;
  }
  return cells;
}

/**
 * `frames` frames of a simulation under `rule`: frame i is the state after `burnIn + i * dt` steps. The step that
 * makes the state after t + 1 steps has index t, and its noise key is `foldIn(key, 'noise')`.
 */
export function rolloutNca(
  options: Pick<NcaOptions, 'grid' | 'temperature' | 'identityBias' | 'burnIn' | 'dt'>,
  rule: NcaRule,
  key: Key,
  frames: number,
): NcaStates {
  const { grid, burnIn, dt } = options;
  const size = grid * grid;
  const step = createNcaStep(rule, options, foldIn(key, 'noise'));
  let current = sampleInitialState(rule.network.colors, grid, key);
  let next: Uint8Array = new Uint8Array(size);
  const cells = new Uint8Array(frames * size);
  const last = burnIn + (frames - 1) * dt;
  for (let t = 0; t <= last; t++) {
    const sinceBurnIn = t - burnIn;
    if (sinceBurnIn >= 0 && sinceBurnIn % dt === 0) cells.set(current, (sinceBurnIn / dt) * size);
    if (t === last) break;
    step(current, next, t);
    [current, next] = [next, current];
  }
  return { grid, frames, cells };
}
