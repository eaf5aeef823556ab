// The state that a simulation starts from, bit for bit that of `sampleInitialState` in src/worlds/nca/rollout.ts.

import { exp, inverseNormal4 } from '../float32.ts';
import { foldInName, threefry4, uniform4, WORDS } from '../random.ts';
import { cellScores, colors, grid, gridA, stateBytes, stride } from './layout.ts';

const INITIAL_LOGITS: usize = memory.data<u8>([
  105, 110, 105, 116, 105, 97, 108, 32, 108, 111, 103, 105, 116, 115,
]);
const INITIAL_CELLS: usize = memory.data<u8>([
  105, 110, 105, 116, 105, 97, 108, 32, 99, 101, 108, 108, 115,
]);
const STATES: usize = memory.data(32, 16);

/** Fills the inner cells of `gridA` for the simulation of `key`. */
export function sampleInitialState(key: u64): void {
  const total = drawWeights(foldInName(key, INITIAL_LOGITS, 14));
  const cellsKey = foldInName(key, INITIAL_CELLS, 13);
  const zero = i32x4.splat(0);
  const scale = f32x4.splat(total);
  const size = grid * grid;
  const last = (colors - 1) << 2;
  let x = 0;
  let to = gridA + ((stride + 1) << 2);
  let counter = i32x4(0, 1, 2, 3);
  for (let cell = 0; cell < size; cell += 8) {
    threefry4(cellsKey, counter, zero);
    const even = f32x4.mul(uniform4(v128.load(WORDS)), scale);
    const odd = f32x4.mul(uniform4(v128.load(WORDS, 16)), scale);
    let evenStates = zero;
    let oddStates = zero;
    // A comparison that holds is -1 in its lane.
    for (let k = 0; k < last; k += 4) {
      const weight = v128.load_splat<f32>(cellScores + k);
      evenStates = i32x4.sub(evenStates, f32x4.ge(even, weight));
      oddStates = i32x4.sub(oddStates, f32x4.ge(odd, weight));
    }
    v128.store(STATES, v128.shuffle<i32>(evenStates, oddStates, 0, 4, 1, 5));
    v128.store(STATES, v128.shuffle<i32>(evenStates, oddStates, 2, 6, 3, 7), 16);
    const count = min<i32>(8, size - cell);
    for (let i = 0; i < count; i++) {
      store<u32>(to, load<u32>(STATES + (i << 2)) * stateBytes);
      to += 4;
      if (++x === grid) {
        x = 0;
        to += (stride - grid) << 2;
      }
    }
    counter = i32x4.add(counter, i32x4.splat(4));
  }
}

/** Cumulative weights of the states, in `cellScores`; the total is returned. */
function drawWeights(key: u64): f32 {
  let total: f32 = 0;
  let counter = i32x4(0, 1, 2, 3);
  for (let k = 0; k < colors; k += 8) {
    threefry4(key, counter, i32x4.splat(0));
    const even = inverseNormal4(uniform4(v128.load(WORDS)));
    const odd = inverseNormal4(uniform4(v128.load(WORDS, 16)));
    const at = cellScores + (k << 2);
    v128.store(at, v128.shuffle<i32>(even, odd, 0, 4, 1, 5));
    v128.store(at, v128.shuffle<i32>(even, odd, 2, 6, 3, 7), 16);
    counter = i32x4.add(counter, i32x4.splat(4));
  }
  for (let k = 0; k < colors; k++) {
    const at = cellScores + (k << 2);
    total += exp(load<f32>(at));
    store<f32>(at, total);
  }
  return total;
}
