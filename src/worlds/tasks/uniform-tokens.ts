// Uniform integers by position, a pure function of the key.

import { type Key, threefry } from '../../core/index.ts';

/** `count` integers, uniform in 0..`bound` − 1: number t is floor(w · bound / 2^32), w the first word of `threefry(key, t, 0)`. */
export function uniformTokens(key: Key, count: number, bound: number): Int32Array {
  const words = new Uint32Array(2);
  return Int32Array.from({ length: count }, (_, t) => {
    threefry(key, t, 0, words);
    return Math.floor(words[0]! * 2 ** -32 * bound);
  });
}
