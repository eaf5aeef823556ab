// Uniform numbers by their number in an array: the random numbers of traced programs, the same on every backend.

/** Added to the salt of each stream's second word, times the stream. */
export const STREAM_FACTOR = 0x85ebca6b | 0;

/** Spreads element numbers before they are hashed. */
export const COUNTER_FACTOR = 0x9e3779b1 | 0;

/** Rounds of the multiply-xorshift hash: a shift, then an odd multiplier. */
export const HASH_ROUNDS: readonly (readonly [multiplier: number, shift: number])[] = [
  [0x7feb352d, 15],
  [0x846ca68b | 0, 16],
  [0x9e3779b1 | 0, 14],
];

/** The shift after the last round, and the one that leaves the 24 bits of a float32's fraction. */
export const LAST_SHIFT = 16;
export const FRACTION_SHIFT = 8;

/**
 * A number in [0, 1), a multiple of 2^−24, from two words of a key, a stream, and the number of an element. Good enough for
 * masks and noise; different streams of one key are unrelated.
 */
export function hashUniform(
  [first, second]: readonly [number, number],
  stream: number,
  element: number,
): number {
  let x = Math.imul(element, COUNTER_FACTOR);
  for (const salt of [first, second + Math.imul(stream, STREAM_FACTOR)]) {
    x = (x + salt) | 0;
    for (const [multiplier, shift] of HASH_ROUNDS) x = Math.imul(x ^ (x >>> shift), multiplier);
    x ^= x >>> LAST_SHIFT;
  }
  return (x >>> FRACTION_SHIFT) * 2 ** -24;
}
