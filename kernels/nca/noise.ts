// The sample of a cell's next state with all its noise drawn, for the few cells where noise can matter.

import { log4 } from '../float32.ts';
import { threefry4, uniform4, WORDS } from '../random.ts';
import { cellLogits, cellScores, colors, temperature } from './layout.ts';

/** No Gumbel noise is below the first or above the second, as in src/worlds/nca/step.ts. */
export function gumbelMin(): f32 {
  return f32(-2.8116);
}

export function gumbelMax(): f32 {
  return f32(16.6356);
}

function gumbel4(bits: v128): v128 {
  return f32x4.neg(log4(f32x4.neg(log4(uniform4(bits)))));
}

/** The first state with the largest of `cellLogits` plus temperature times noise; `counter` is step * cells + cell. */
export function chooseWithNoise(key: u64, counter: u32): u32 {
  const scale = f32x4.splat(temperature);
  let pairs = i32x4(0, 1, 2, 3);
  for (let k = 0; k < colors; k += 8) {
    threefry4(key, i32x4.splat(counter), pairs);
    const even = f32x4.mul(scale, gumbel4(v128.load(WORDS)));
    const odd = f32x4.mul(scale, gumbel4(v128.load(WORDS, 16)));
    const from = cellLogits + (k << 2);
    const to = cellScores + (k << 2);
    const low = v128.shuffle<i32>(even, odd, 0, 4, 1, 5);
    const high = v128.shuffle<i32>(even, odd, 2, 6, 3, 7);
    v128.store(to, f32x4.add(v128.load(from), low));
    v128.store(to, f32x4.add(v128.load(from, 16), high), 16);
    pairs = i32x4.add(pairs, i32x4.splat(4));
  }
  let best: u32 = 0;
  let largest = load<f32>(cellScores);
  for (let k = 1; k < colors; k++) {
    const score = load<f32>(cellScores + (k << 2));
    if (score > largest) {
      largest = score;
      best = k;
    }
  }
  return best;
}
