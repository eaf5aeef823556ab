// Random permutations of ranges too long to lay out in memory.

import { type Key, threefry } from '../core/index.ts';

const ROUNDS = 8;

/**
 * Where a pseudorandom permutation of 0..size-1 sends `index`, in constant time and memory.
 * A Feistel network on the smallest a x b rectangle that holds the range, with Threefry as its round
 * function; what falls outside the range walks on until it is inside.
 * Source: Black and Rogaway, Ciphers with arbitrary finite domains (CT-RSA 2002).
 *
 * @throws RangeError if `index` is not in 0..size-1
 */
export function permuteIndex(key: Key, index: number, size: number): number {
  if (!Number.isSafeInteger(size) || !Number.isInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`index ${index} is not in 0..${size - 1}`);
  }
  const columns = Math.ceil(Math.sqrt(size));
  const rows = Math.ceil(size / columns);
  const bits = new Uint32Array(2);
  let current = index;
  do {
    let row = Math.floor(current / columns);
    let column = current % columns;
    for (let round = 0; round < ROUNDS; round += 2) {
      threefry(key, column, round, bits);
      row = (row + bits[0]!) % rows;
      threefry(key, row, round + 1, bits);
      column = (column + bits[0]!) % columns;
    }
    current = row * columns + column;
  } while (current >= size);
  return current;
}
