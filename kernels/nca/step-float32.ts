// A step in float32, four cells at a time, bit for bit that of src/worlds/nca/step.ts: every sum runs in its order.

import {
  cellLogits,
  colors,
  featureGroup,
  featureLanes,
  grid,
  hidden,
  hiddenGroup,
  hiddenRows,
  identityBias,
  logitGroup,
  logitsKernel,
  stateBytes,
  stride,
  table,
  temperature,
} from './layout.ts';
import { chooseWithNoise, gumbelMax, gumbelMin } from './noise.ts';

/** Computes `target` from `source`, both padded; the border of `target` is left alone. */
export function stepFloat32(source: usize, target: usize, noiseKey: u64, index: u32): void {
  const rowBytes = stride << 2;
  const size: u32 = u32(grid) * u32(grid);
  const least = f32x4.splat(temperature * gumbelMin());
  const most = f32x4.splat(temperature * gumbelMax());
  const usesFour = featureLanes === 4;
  for (let y = 0; y < grid; y++) {
    const from = source + y * rowBytes;
    const to = target + (y + 1) * rowBytes + 4;
    for (let x = 0; x < grid; x += 4) {
      const corner = from + (x << 2);
      if (usesFour) fillHiddenOfFour(corner, rowBytes);
      else fillHidden(corner, rowBytes);
      fillLogits();
      if (identityBias !== 0) addIdentityBias(corner + rowBytes + 4);
      const at = to + (x << 2);
      const open = chooseLargest(at, least, most);
      if (open !== 0) resample(open, at, noiseKey, index * size + y * grid + x, grid - x);
    }
  }
}

/** The sum of nine rows of four lanes; `corner` is the upper left one of the nine cells. */
function lookUp(corner: usize, rowBytes: usize, first: usize, position: usize): v128 {
  const level = corner + rowBytes;
  const below = level + rowBytes;
  let at = first;
  let sum = v128.load(at + load<u32>(corner));
  at += position;
  sum = f32x4.add(sum, v128.load(at + load<u32>(corner, 4)));
  at += position;
  sum = f32x4.add(sum, v128.load(at + load<u32>(corner, 8)));
  at += position;
  sum = f32x4.add(sum, v128.load(at + load<u32>(level)));
  at += position;
  sum = f32x4.add(sum, v128.load(at + load<u32>(level, 4)));
  at += position;
  sum = f32x4.add(sum, v128.load(at + load<u32>(level, 8)));
  at += position;
  sum = f32x4.add(sum, v128.load(at + load<u32>(below)));
  at += position;
  sum = f32x4.add(sum, v128.load(at + load<u32>(below, 4)));
  at += position;
  return f32x4.add(sum, v128.load(at + load<u32>(below, 8)));
}

/** Hidden features of four cells after the ReLU, where a cell has four features. */
function fillHiddenOfFour(corner: usize, rowBytes: usize): void {
  const position = colors << 4;
  const a = lookUp(corner, rowBytes, table, position);
  const b = lookUp(corner + 4, rowBytes, table, position);
  const c = lookUp(corner + 8, rowBytes, table, position);
  const d = lookUp(corner + 12, rowBytes, table, position);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  const f0 = v128.shuffle<i64>(ab, cd, 0, 2);
  const f1 = v128.shuffle<i64>(ab, cd, 1, 3);
  const f2 = v128.shuffle<i64>(ab2, cd2, 0, 2);
  const f3 = v128.shuffle<i64>(ab2, cd2, 1, 3);
  const zero = f32x4.splat(0);
  let row = hiddenRows;
  let to = hiddenGroup;
  const end = to + (hidden << 4);
  while (to < end) {
    let sum = f32x4.mul(f0, v128.load_splat<f32>(row));
    sum = f32x4.add(sum, f32x4.mul(f1, v128.load_splat<f32>(row, 4)));
    sum = f32x4.add(sum, f32x4.mul(f2, v128.load_splat<f32>(row, 8)));
    sum = f32x4.add(sum, f32x4.mul(f3, v128.load_splat<f32>(row, 12)));
    v128.store(to, f32x4.pmax(zero, sum));
    row += 16;
    to += 16;
  }
}

/** The same for any number of features. */
function fillHidden(corner: usize, rowBytes: usize): void {
  const position = colors * stateBytes;
  for (let i = 0; i < featureLanes; i += 4) {
    const first = table + (i << 2);
    const a = lookUp(corner, rowBytes, first, position);
    const b = lookUp(corner + 4, rowBytes, first, position);
    const c = lookUp(corner + 8, rowBytes, first, position);
    const d = lookUp(corner + 12, rowBytes, first, position);
    const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
    const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    const to = featureGroup + (i << 4);
    v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
    v128.store(to, v128.shuffle<i64>(ab, cd, 1, 3), 16);
    v128.store(to, v128.shuffle<i64>(ab2, cd2, 0, 2), 32);
    v128.store(to, v128.shuffle<i64>(ab2, cd2, 1, 3), 48);
  }
  const zero = f32x4.splat(0);
  let row = hiddenRows;
  for (let j = 0; j < hidden; j++) {
    let sum = f32x4.mul(v128.load(featureGroup), v128.load_splat<f32>(row));
    row += 4;
    for (let i = 1; i < featureLanes; i++, row += 4) {
      const product = f32x4.mul(v128.load(featureGroup + (i << 4)), v128.load_splat<f32>(row));
      sum = f32x4.add(sum, product);
    }
    v128.store(hiddenGroup + (j << 4), f32x4.pmax(zero, sum));
  }
}

/** Logits of four cells. A hidden feature that the ReLU cleared adds zero, which changes no sum. */
function fillLogits(): void {
  let k = 0;
  for (; k + 10 <= colors; k += 10) fillTenLogits(k);
  for (; k + 4 <= colors; k += 4) fillFourLogits(k);
  for (; k < colors; k++) fillLogit(k);
}

function fillTenLogits(k: i32): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  let s8 = s0;
  let s9 = s0;
  const rowBytes = colors << 2;
  let row = logitsKernel + (k << 2);
  let at = hiddenGroup;
  const end = at + (hidden << 4);
  while (at < end) {
    const value = v128.load(at);
    s0 = f32x4.add(s0, f32x4.mul(value, v128.load_splat<f32>(row)));
    s1 = f32x4.add(s1, f32x4.mul(value, v128.load_splat<f32>(row, 4)));
    s2 = f32x4.add(s2, f32x4.mul(value, v128.load_splat<f32>(row, 8)));
    s3 = f32x4.add(s3, f32x4.mul(value, v128.load_splat<f32>(row, 12)));
    s4 = f32x4.add(s4, f32x4.mul(value, v128.load_splat<f32>(row, 16)));
    s5 = f32x4.add(s5, f32x4.mul(value, v128.load_splat<f32>(row, 20)));
    s6 = f32x4.add(s6, f32x4.mul(value, v128.load_splat<f32>(row, 24)));
    s7 = f32x4.add(s7, f32x4.mul(value, v128.load_splat<f32>(row, 28)));
    s8 = f32x4.add(s8, f32x4.mul(value, v128.load_splat<f32>(row, 32)));
    s9 = f32x4.add(s9, f32x4.mul(value, v128.load_splat<f32>(row, 36)));
    row += rowBytes;
    at += 16;
  }
  const to = logitGroup + (k << 4);
  v128.store(to, s0);
  v128.store(to, s1, 16);
  v128.store(to, s2, 32);
  v128.store(to, s3, 48);
  v128.store(to, s4, 64);
  v128.store(to, s5, 80);
  v128.store(to, s6, 96);
  v128.store(to, s7, 112);
  v128.store(to, s8, 128);
  v128.store(to, s9, 144);
}

function fillFourLogits(k: i32): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const rowBytes = colors << 2;
  let row = logitsKernel + (k << 2);
  for (let j = 0; j < hidden; j++, row += rowBytes) {
    const value = v128.load(hiddenGroup + (j << 4));
    s0 = f32x4.add(s0, f32x4.mul(value, v128.load_splat<f32>(row)));
    s1 = f32x4.add(s1, f32x4.mul(value, v128.load_splat<f32>(row, 4)));
    s2 = f32x4.add(s2, f32x4.mul(value, v128.load_splat<f32>(row, 8)));
    s3 = f32x4.add(s3, f32x4.mul(value, v128.load_splat<f32>(row, 12)));
  }
  const to = logitGroup + (k << 4);
  v128.store(to, s0);
  v128.store(to, s1, 16);
  v128.store(to, s2, 32);
  v128.store(to, s3, 48);
}

function fillLogit(k: i32): void {
  let sum = f32x4.splat(0);
  const rowBytes = colors << 2;
  let row = logitsKernel + (k << 2);
  for (let j = 0; j < hidden; j++, row += rowBytes) {
    const value = v128.load(hiddenGroup + (j << 4));
    sum = f32x4.add(sum, f32x4.mul(value, v128.load_splat<f32>(row)));
  }
  v128.store(logitGroup + (k << 4), sum);
}

/** Raises the logit of the state that each of four cells is in. */
function addIdentityBias(cells: usize): void {
  for (let lane = 0; lane < 4; lane++) {
    const state = load<u32>(cells + (lane << 2)) / stateBytes;
    const at = logitGroup + (state << 4) + (lane << 2);
    store<f32>(at, load<f32>(at) + identityBias);
  }
}

/** Writes the states with the largest logits; returns the lanes, as bits, where noise can change them. */
function chooseLargest(to: usize, least: v128, most: v128): i32 {
  let largest = v128.load(logitGroup);
  let second = f32x4.splat(-Infinity);
  let best = i32x4.splat(0);
  let state = best;
  const step = i32x4.splat(stateBytes);
  let at = logitGroup + 16;
  const end = logitGroup + (colors << 4);
  while (at < end) {
    const logit = v128.load(at);
    state = i32x4.add(state, step);
    best = i32x4.max_s(best, v128.and(f32x4.gt(logit, largest), state));
    second = f32x4.pmax(second, f32x4.pmin(logit, largest));
    largest = f32x4.pmax(largest, logit);
    at += 16;
  }
  v128.store(to, best);
  return ~i32x4.bitmask(f32x4.gt(f32x4.add(largest, least), f32x4.add(second, most))) & 15;
}

/** Draws again, with noise, the states of the lanes in `open` that are not beyond the `width` cells left in the row. */
function resample(open: i32, to: usize, noiseKey: u64, counter: u32, width: i32): void {
  for (let lane = 0; lane < 4 && lane < width; lane++) {
    if ((open & (1 << lane)) === 0) continue;
    const from = logitGroup + (lane << 2);
    for (let k = 0; k < colors; k++) {
      store<f32>(cellLogits + (k << 2), load<f32>(from + (k << 4)));
    }
    const state = chooseWithNoise(noiseKey, counter + lane);
    store<u32>(to + (lane << 2), state * stateBytes);
  }
}
