// One step of a neural cellular automaton, in float32 and in a fixed order of operations.

import { bitsToUniform, type Key, logFloat32, threefry } from '../../core/index.ts';
import type { NcaOptions } from './options.ts';
import { lanesFor, type NcaRule } from './rule.ts';

const f = Math.fround;

/** No Gumbel noise from 32 random bits is below this or above that: `-ln(-ln u)` at u = 2^-24 and 1 - 2^-24. */
export const GUMBEL_MIN = f(-2.8116);
export const GUMBEL_MAX = f(16.6356);

/** Standard Gumbel noise, as float32, from 32 random bits. */
export function gumbelFromBits(bits: number): number {
  return -logFloat32(-logFloat32(bitsToUniform(bits)));
}

/** The options that a step depends on besides the rule. */
export type NcaStepOptions = Pick<NcaOptions, 'grid' | 'temperature' | 'identityBias'>;

/**
 * Computes the states `[grid, grid]` of step `index` in `target` from those before it in `source`. Returns the
 * number of cells whose noise was drawn.
 */
export type NcaStep = (source: Uint8Array, target: Uint8Array, index: number) => number;

/**
 * The step function of a rule. Its result, to the bit, is this, where every operation rounds to float32
 * and sums run from left to right:
 *
 * - feature i = sum over the nine neighbors in row-major order of `table[position][state][i]`;
 * - hidden j = max(0, sum over i of feature i * `hiddenRows[j][i]`);
 * - logit k = sum over j of hidden j * `logitRows[j][k]`, plus identityBias where k is the cell's state;
 * - score k = logit k + temperature * noise k; the next state is the first k with the largest score.
 *
 * That is a sample of Categorical(logits / temperature) by the Gumbel-max trick. Noise k of cell c in step t is
 * `gumbelFromBits` of word k mod 2 of `threefry(noiseKey, t * cells + c, floor(k / 2))`: a pure function of its
 * place. So noise is drawn only for cells where it can matter: where the best logit with the least noise is not
 * above the second best with the most. Rounding being monotonic, the result is the same as with all noise drawn.
 *
 * @param noise `lazy` (above), or `full` to draw it for every cell
 */
export function createNcaStep(
  rule: NcaRule,
  options: NcaStepOptions,
  noiseKey: Key,
  noise: 'lazy' | 'full' = 'lazy',
): NcaStep {
  const { grid } = options;
  const { colors, hidden } = rule.network;
  const cells = grid * grid;
  const featureLanes = lanesFor(rule.network.features);
  const temperature = f(options.temperature);
  const identityBias = f(options.identityBias);
  const leastNoise = f(temperature * GUMBEL_MIN);
  const mostNoise = noise === 'full' ? Number.POSITIVE_INFINITY : f(temperature * GUMBEL_MAX);

  const halo = new Int32Array((grid + 2) ** 2);
  const features = new Float32Array(cells * featureLanes);
  const rectified = new Float32Array(cells * hidden);
  const activeValues = new Float32Array(hidden);
  const activeRows = new Int32Array(hidden);
  const logits = new Float32Array(lanesFor(colors));

  return (source, target, index) => {
    fillHalo(halo, source, grid, featureLanes);
    convolve(rule.table, halo, features, grid, featureLanes, colors * featureLanes);
    applyHidden(rule.hiddenRows, features, rectified, cells, featureLanes, hidden);
    let noisy = 0;
    for (let cell = 0; cell < cells; cell++) {
      computeLogits(rule.logitRows, rectified, cell * hidden, activeValues, activeRows, logits);
      const state = source[cell]!;
      logits[state] = logits[state]! + identityBias;
      let best = 0;
      let largest = logits[0]!;
      let second = Number.NEGATIVE_INFINITY;
      for (let k = 1; k < colors; k++) {
        const logit = logits[k]!;
        if (logit > largest) {
          second = largest;
          largest = logit;
          best = k;
        } else if (logit > second) second = logit;
      }
      if (!(f(largest + leastNoise) > f(second + mostNoise))) {
        noisy++;
        best = chooseWithNoise(logits, colors, temperature, noiseKey, index * cells + cell);
      }
      target[cell] = best;
    }
    return noisy;
  };
}

/** The grid with a border of the cells opposite, `[grid + 2, grid + 2]`, each state times `scale`. */
function fillHalo(halo: Int32Array, source: Uint8Array, grid: number, scale: number): void {
  const stride = grid + 2;
  for (let row = 0; row < stride; row++) {
    const from = ((row + grid - 1) % grid) * grid;
    const to = row * stride;
    for (let x = 0; x < grid; x++) halo[to + x + 1] = source[from + x]! * scale;
    halo[to] = halo[to + grid]!;
    halo[to + grid + 1] = halo[to + 1]!;
  }
}

/** Features `[cells, lanes]` by nine look-ups a cell; `position` is the size of the table of one neighbor. */
function convolve(
  table: Float32Array,
  halo: Int32Array,
  features: Float32Array,
  grid: number,
  lanes: number,
  position: number,
): void {
  const stride = grid + 2;
  for (let y = 0, to = 0; y < grid; y++) {
    for (let above = y * stride; above < y * stride + grid; above++) {
      const level = above + stride;
      const below = level + stride;
      const at0 = halo[above]!;
      const at1 = halo[above + 1]! + position;
      const at2 = halo[above + 2]! + position * 2;
      const at3 = halo[level]! + position * 3;
      const at4 = halo[level + 1]! + position * 4;
      const at5 = halo[level + 2]! + position * 5;
      const at6 = halo[below]! + position * 6;
      const at7 = halo[below + 1]! + position * 7;
      const at8 = halo[below + 2]! + position * 8;
      for (let i = 0; i < lanes; i++, to++) {
        let sum = f(table[at0 + i]! + table[at1 + i]!);
        sum = f(sum + table[at2 + i]!);
        sum = f(sum + table[at3 + i]!);
        sum = f(sum + table[at4 + i]!);
        sum = f(sum + table[at5 + i]!);
        sum = f(sum + table[at6 + i]!);
        sum = f(sum + table[at7 + i]!);
        features[to] = f(sum + table[at8 + i]!);
      }
    }
  }
}

/** Hidden features `[cells, hidden]` after the ReLU. */
function applyHidden(
  rows: Float32Array,
  features: Float32Array,
  rectified: Float32Array,
  cells: number,
  lanes: number,
  hidden: number,
): void {
  for (let block = 0; block < lanes; block += 4) {
    const first = block === 0;
    for (let cell = 0, to = 0; cell < cells; cell++) {
      const from = cell * lanes + block;
      const f0 = features[from]!;
      const f1 = features[from + 1]!;
      const f2 = features[from + 2]!;
      const f3 = features[from + 3]!;
      for (let j = 0, w = block; j < hidden; j++, w += lanes, to++) {
        let sum = f(f0 * rows[w]!);
        if (!first) sum = f(rectified[to]! + sum);
        sum = f(sum + f(f1 * rows[w + 1]!));
        sum = f(sum + f(f2 * rows[w + 2]!));
        rectified[to] = f(sum + f(f3 * rows[w + 3]!));
      }
    }
  }
}

/** Logits of one cell, whose hidden features before the ReLU start at `from`. */
function computeLogits(
  rows: Float32Array,
  hiddenFeatures: Float32Array,
  from: number,
  activeValues: Float32Array,
  activeRows: Int32Array,
  logits: Float32Array,
): void {
  // A feature that the ReLU clears would add zero to every logit: only the others are gathered.
  const lanes = logits.length;
  let active = 0;
  for (let j = 0, row = 0; j < activeValues.length; j++, row += lanes) {
    const value = hiddenFeatures[from + j]!;
    if (value > 0) {
      activeValues[active] = value;
      activeRows[active++] = row;
    }
  }
  for (let k = 0; k < lanes; k += 4) {
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let a = 0; a < active; a++) {
      const value = activeValues[a]!;
      const row = activeRows[a]! + k;
      sum0 = f(sum0 + f(value * rows[row]!));
      sum1 = f(sum1 + f(value * rows[row + 1]!));
      sum2 = f(sum2 + f(value * rows[row + 2]!));
      sum3 = f(sum3 + f(value * rows[row + 3]!));
    }
    logits[k] = sum0;
    logits[k + 1] = sum1;
    logits[k + 2] = sum2;
    logits[k + 3] = sum3;
  }
}

/** The first state with the largest score, all noise drawn; `counter` names the step and the cell. */
function chooseWithNoise(
  logits: Float32Array,
  colors: number,
  temperature: number,
  noiseKey: Key,
  counter: number,
): number {
  const bits = new Uint32Array(2);
  let best = 0;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < colors; k++) {
    if ((k & 1) === 0) threefry(noiseKey, counter, k >> 1, bits);
    const score = f(logits[k]! + f(temperature * gumbelFromBits(bits[k & 1]!)));
    if (score > bestScore) {
      bestScore = score;
      best = k;
    }
  }
  return best;
}
