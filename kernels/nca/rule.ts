// Random rules: the kernels of the network, bit for bit those of src/worlds/nca/rule.ts, and the tables of float32.

import { inverseNormal4 } from '../float32.ts';
import { foldInName, threefry4, uniform4, WORDS } from '../random.ts';
import {
  channels,
  colors,
  convolutionKernel,
  featureLanes,
  features,
  hidden,
  hiddenKernel,
  hiddenRows,
  logitsKernel,
  table,
} from './layout.ts';

const CONVOLUTION: usize = memory.data<u8>([99, 111, 110, 118, 111, 108, 117, 116, 105, 111, 110]);
const HIDDEN: usize = memory.data<u8>([104, 105, 100, 100, 101, 110]);
const LOGITS: usize = memory.data<u8>([108, 111, 103, 105, 116, 115]);

/** Draws the kernels of the rule of `key`. */
export function sampleKernels(key: u64): void {
  const fanIn = 9 * channels;
  drawLecunNormal(foldInName(key, CONVOLUTION, 11), convolutionKernel, fanIn * features, fanIn);
  drawLecunNormal(foldInName(key, HIDDEN, 6), hiddenKernel, features * hidden, features);
  drawLecunNormal(foldInName(key, LOGITS, 6), logitsKernel, hidden * colors, hidden);
}

/** Writes whole groups of eight numbers, so up to seven more than `count`. */
function drawLecunNormal(key: u64, to: usize, count: i32, fanIn: i32): void {
  const scale = f32x4.splat(f32(Math.sqrt(1.0 / f64(fanIn)) / 0.8796256610342398));
  // A uniform number between the distribution function's values at -2 and 2.
  const range = f32x4.splat(f32(2.0 * 0.9772498680518208 - 1.0));
  const offset = f32x4.splat(f32(1.0 - 0.9772498680518208));
  const zero = i32x4.splat(0);
  let counter = i32x4(0, 1, 2, 3);
  for (let i = 0; i < count; i += 8, to += 32) {
    threefry4(key, counter, zero);
    const u0 = uniform4(v128.load(WORDS));
    const u1 = uniform4(v128.load(WORDS, 16));
    const even = inverseNormal4(f32x4.add(offset, f32x4.mul(u0, range)));
    const odd = inverseNormal4(f32x4.add(offset, f32x4.mul(u1, range)));
    v128.store(to, f32x4.mul(v128.shuffle<i32>(even, odd, 0, 4, 1, 5), scale));
    v128.store(to, f32x4.mul(v128.shuffle<i32>(even, odd, 2, 6, 3, 7), scale), 16);
    counter = i32x4.add(counter, i32x4.splat(4));
  }
}

/** Makes the tables of float32 from the kernels. */
export function packKernels(): void {
  const wraps = channels > colors;
  for (let position = 0; position < 9; position++) {
    const kernel = convolutionKernel + ((position * channels * features) << 2);
    for (let state = 0; state < colors; state++) {
      const row = table + (((position * colors + state) * featureLanes) << 2);
      const own = kernel + (((wraps ? state + 1 : state) * features) << 2);
      // The outer channels repeat the last and the first state.
      let repeated: usize = 0;
      if (wraps && state === 0) repeated = kernel + (((colors + 1) * features) << 2);
      if (wraps && state === colors - 1) repeated = kernel;
      addRows(row, own, repeated);
    }
  }
  for (let j = 0; j < hidden; j++) {
    for (let i = 0; i < features; i++) {
      const value = load<f32>(hiddenKernel + ((i * hidden + j) << 2));
      store<f32>(hiddenRows + ((j * featureLanes + i) << 2), value);
    }
  }
}

/** A row of the table: one row of the kernel, or the sum of two; lanes beyond `features` stay zero. */
function addRows(to: usize, first: usize, second: usize): void {
  if (features === 4) {
    const row = v128.load(first);
    v128.store(to, second === 0 ? row : f32x4.add(row, v128.load(second)));
    return;
  }
  for (let i: usize = 0; i < usize(features) << 2; i += 4) {
    const value = load<f32>(first + i);
    store<f32>(to + i, second === 0 ? value : value + load<f32>(second + i));
  }
}
