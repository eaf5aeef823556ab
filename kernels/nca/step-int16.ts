// A step in integers, four cells at a time: features and weights of 16 bits, logits of 32.

import {
  byTriples,
  cellLogits,
  colors,
  featureGroup,
  featureLanes,
  grid,
  hidden,
  hiddenGroup,
  hiddenPairs,
  identityBias,
  logitGroup,
  logitPairs,
  stateBytes,
  stride,
  table16,
  tripleGrid,
  triples,
} from './layout.ts';
import { chooseWithNoise } from './noise.ts';
import { fillTriples } from './padded-grid.ts';
import { integerBias, logitUnit, noiseReach } from './quantize.ts';

/** Computes `target` from `source`, both padded; the border of `target` is left alone. */
export function stepInt16(source: usize, target: usize, noiseKey: u64, index: u32): void {
  if (byTriples) fillTriples(source);
  const usesTen = colors === 10 && identityBias === 0;
  const rowBytes = stride << 2;
  const size: u32 = u32(grid) * u32(grid);
  for (let y = 0; y < grid; y++) {
    const from = source + y * rowBytes;
    const sums = tripleGrid + y * rowBytes + 4;
    const to = target + (y + 1) * rowBytes + 4;
    for (let x = 0; x < grid; x += 4) {
      const offset = x << 2;
      if (byTriples) fillHiddenByTriples(sums + offset, rowBytes);
      else fillHidden(from + offset, rowBytes);
      let open: i32;
      if (usesTen) open = chooseOfTen(to + offset);
      else {
        fillLogits();
        if (identityBias !== 0) addIdentityBias(from + offset + rowBytes + 4);
        open = chooseLargest(to + offset);
      }
      if (open !== 0) resample(open, to + offset, noiseKey, index * size + y * grid + x, grid - x);
    }
  }
}

/** Two cells' entries of four features. */
function loadTwo(base: usize, offsets: usize): v128 {
  const first = v128.load64_zero(base + load<u32>(offsets));
  return v128.load64_lane(base + load<u32>(offsets, 4), first, 1);
}

/** Hidden features of four cells after the ReLU, in pairs, by three look-ups a cell. */
function fillHiddenByTriples(sums: usize, rowBytes: usize): void {
  const level = sums + rowBytes;
  const below = level + rowBytes;
  const tableBytes = (colors * colors * colors) << 3;
  const second = triples + tableBytes;
  const third = second + tableBytes;
  const ab = i16x8.add(
    i16x8.add(loadTwo(triples, sums), loadTwo(second, level)),
    loadTwo(third, below),
  );
  const cd = i16x8.add(
    i16x8.add(loadTwo(triples, sums + 8), loadTwo(second, level + 8)),
    loadTwo(third, below + 8),
  );
  const f01 = v128.shuffle<i32>(ab, cd, 0, 2, 4, 6);
  const f23 = v128.shuffle<i32>(ab, cd, 1, 3, 5, 7);
  const zero = i32x4.splat(0);
  let row = hiddenPairs;
  let to = hiddenGroup;
  const end = to + (((hidden + 1) >> 1) << 4);
  while (to < end) {
    const even = i32x4.add(
      i32x4.dot_i16x8_s(f01, v128.load_splat<i32>(row)),
      i32x4.dot_i16x8_s(f23, v128.load_splat<i32>(row, 4)),
    );
    const odd = i32x4.add(
      i32x4.dot_i16x8_s(f01, v128.load_splat<i32>(row, 8)),
      i32x4.dot_i16x8_s(f23, v128.load_splat<i32>(row, 12)),
    );
    v128.store(to, i16x8.max_s(zero, upperHalves(even, odd)));
    row += 16;
    to += 16;
  }
}

/** The upper 16 bits of each lane: of `even` below, of `odd` above. */
function upperHalves(even: v128, odd: v128): v128 {
  return v128.shuffle<i16>(i32x4.shr_u(even, 16), odd, 0, 9, 2, 11, 4, 13, 6, 15);
}

/** The same for any number of features, by nine look-ups a cell. */
function fillHidden(corner: usize, rowBytes: usize): void {
  const position = colors * stateBytes;
  for (let i = 0; i < featureLanes; i += 4) {
    let ab = i32x4.splat(0);
    let cd = ab;
    let base = table16 + (i << 1);
    let row = corner;
    for (let y = 0; y < 3; y++, row += rowBytes) {
      for (let x = 0; x < 12; x += 4, base += position) {
        ab = i16x8.add(ab, loadTwo(base, row + x));
        cd = i16x8.add(cd, loadTwo(base, row + x + 8));
      }
    }
    const to = featureGroup + (i << 3);
    v128.store(to, v128.shuffle<i32>(ab, cd, 0, 2, 4, 6));
    v128.store(to, v128.shuffle<i32>(ab, cd, 1, 3, 5, 7), 16);
  }
  const zero = i32x4.splat(0);
  const rowOfWeights = featureLanes << 1;
  let weights = hiddenPairs;
  for (let j = 0; j < hidden; j += 2, weights += 2 * rowOfWeights) {
    let even = zero;
    let odd = zero;
    for (let i = 0; i < rowOfWeights; i += 4) {
      const pair = v128.load(featureGroup + (i << 2));
      const at = weights + i;
      even = i32x4.add(even, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(at)));
      odd = i32x4.add(odd, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(at + rowOfWeights)));
    }
    v128.store(hiddenGroup + (j << 3), i16x8.max_s(zero, upperHalves(even, odd)));
  }
}

/** A logit whose low four bits name its state, the first one highest, so that the largest is the first of equals. */
function mark(logit: v128, state: i32): v128 {
  return v128.xor(v128.or(logit, i32x4.splat(15)), i32x4.splat(state));
}

/** Logits of ten states in registers, their largest, and the lanes where noise matters. */
function chooseOfTen(to: usize): i32 {
  const zero = i32x4.splat(0);
  let s0 = zero;
  let s1 = zero;
  let s2 = zero;
  let s3 = zero;
  let s4 = zero;
  let s5 = zero;
  let s6 = zero;
  let s7 = zero;
  let s8 = zero;
  let s9 = zero;
  let row = logitPairs;
  let at = hiddenGroup;
  const end = at + (((hidden + 1) >> 1) << 4);
  while (at < end) {
    const pair = v128.load(at);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row, 4)));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row, 8)));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row, 12)));
    s4 = i32x4.add(s4, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row, 16)));
    s5 = i32x4.add(s5, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row, 20)));
    s6 = i32x4.add(s6, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row, 24)));
    s7 = i32x4.add(s7, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row, 28)));
    s8 = i32x4.add(s8, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row, 32)));
    s9 = i32x4.add(s9, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row, 36)));
    row += 40;
    at += 16;
  }
  let largest = mark(s0, 0);
  let marked = mark(s1, 1);
  let second = i32x4.min_s(largest, marked);
  largest = i32x4.max_s(largest, marked);
  marked = mark(s2, 2);
  second = i32x4.max_s(second, i32x4.min_s(largest, marked));
  largest = i32x4.max_s(largest, marked);
  marked = mark(s3, 3);
  second = i32x4.max_s(second, i32x4.min_s(largest, marked));
  largest = i32x4.max_s(largest, marked);
  marked = mark(s4, 4);
  second = i32x4.max_s(second, i32x4.min_s(largest, marked));
  largest = i32x4.max_s(largest, marked);
  marked = mark(s5, 5);
  second = i32x4.max_s(second, i32x4.min_s(largest, marked));
  largest = i32x4.max_s(largest, marked);
  marked = mark(s6, 6);
  second = i32x4.max_s(second, i32x4.min_s(largest, marked));
  largest = i32x4.max_s(largest, marked);
  marked = mark(s7, 7);
  second = i32x4.max_s(second, i32x4.min_s(largest, marked));
  largest = i32x4.max_s(largest, marked);
  marked = mark(s8, 8);
  second = i32x4.max_s(second, i32x4.min_s(largest, marked));
  largest = i32x4.max_s(largest, marked);
  marked = mark(s9, 9);
  second = i32x4.max_s(second, i32x4.min_s(largest, marked));
  largest = i32x4.max_s(largest, marked);

  const fifteen = i32x4.splat(15);
  const state = v128.andnot(fifteen, largest);
  v128.store(to, byTriples ? i32x4.shl(state, 3) : i32x4.mul(state, i32x4.splat(stateBytes)));
  const open = i32x4.lt_s(i32x4.sub(largest, second), i32x4.splat(noiseReach));
  if (!v128.any_true(open)) return 0;
  v128.store(logitGroup, s0);
  v128.store(logitGroup, s1, 16);
  v128.store(logitGroup, s2, 32);
  v128.store(logitGroup, s3, 48);
  v128.store(logitGroup, s4, 64);
  v128.store(logitGroup, s5, 80);
  v128.store(logitGroup, s6, 96);
  v128.store(logitGroup, s7, 112);
  v128.store(logitGroup, s8, 128);
  v128.store(logitGroup, s9, 144);
  return i32x4.bitmask(open);
}

/** Logits of four cells for any number of states. */
function fillLogits(): void {
  const rowBytes = colors << 2;
  const end = hiddenGroup + (((hidden + 1) >> 1) << 4);
  let k = 0;
  for (; k + 4 <= colors; k += 4) {
    let s0 = i32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let row = logitPairs + (k << 2);
    for (let at = hiddenGroup; at < end; at += 16, row += rowBytes) {
      const pair = v128.load(at);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row)));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row, 4)));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row, 8)));
      s3 = i32x4.add(s3, i32x4.dot_i16x8_s(pair, v128.load_splat<i32>(row, 12)));
    }
    const to = logitGroup + (k << 4);
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
  for (; k < colors; k++) {
    let sum = i32x4.splat(0);
    let row = logitPairs + (k << 2);
    for (let at = hiddenGroup; at < end; at += 16, row += rowBytes) {
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(at), v128.load_splat<i32>(row)));
    }
    v128.store(logitGroup + (k << 4), sum);
  }
}

/** Raises the logit of the state that each of four cells is in. */
function addIdentityBias(cells: usize): void {
  for (let lane = 0; lane < 4; lane++) {
    const state = load<u32>(cells + (lane << 2)) / stateBytes;
    const at = logitGroup + (state << 4) + (lane << 2);
    store<i32>(at, load<i32>(at) + integerBias);
  }
}

/**
 * Writes the states with the largest logits; returns the lanes where noise matters. With up to 16 states the low four
 * bits name them, so that this and `chooseOfTen` agree; with more it is eight bits.
 */
function chooseLargest(to: usize): i32 {
  const mask = i32x4.splat(colors <= 16 ? 15 : 255);
  let largest = v128.or(v128.load(logitGroup), mask);
  let second = i32x4.splat(i32.MIN_VALUE);
  for (let k = 1; k < colors; k++) {
    const logit = v128.load(logitGroup + (k << 4));
    const marked = v128.xor(v128.or(logit, mask), i32x4.splat(k));
    second = i32x4.max_s(second, i32x4.min_s(largest, marked));
    largest = i32x4.max_s(largest, marked);
  }
  const state = v128.andnot(mask, largest);
  v128.store(to, i32x4.mul(state, i32x4.splat(stateBytes)));
  return i32x4.bitmask(i32x4.lt_s(i32x4.sub(largest, second), i32x4.splat(noiseReach)));
}

/** Draws again, with noise, the states of the lanes in `open` that are not beyond the `width` cells left in the row. */
function resample(open: i32, to: usize, noiseKey: u64, counter: u32, width: i32): void {
  for (let lane = 0; lane < 4 && lane < width; lane++) {
    if ((open & (1 << lane)) === 0) continue;
    const from = logitGroup + (lane << 2);
    for (let k = 0; k < colors; k++) {
      const logit = f32(load<i32>(from + (k << 4))) * logitUnit;
      store<f32>(cellLogits + (k << 2), logit);
    }
    const state = chooseWithNoise(noiseKey, counter + lane);
    store<u32>(to + (lane << 2), state * stateBytes);
  }
}
