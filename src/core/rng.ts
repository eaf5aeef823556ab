// Counter-based, splittable random numbers. A key is plain data; the same key gives the same
// numbers on every engine and every machine, and no function keeps state.

import { inverseNormalFloat32 } from './float32.ts';

/** Two 32-bit words. Make one with `keyFromSeed`, derive others with `foldIn`. */
export type Key = readonly [number, number];

/** Threefry-2x32 with 20 rounds: a bijection of the counter `(c0, c1)` under a key.
 * Writes two uint32 into `out[offset]`, `out[offset + 1]`.
 * Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC 2011). */
export function threefry(
  key: Key,
  c0: number,
  c1: number,
  out: Uint32Array | Int32Array,
  offset = 0,
): void {
  const k0 = key[0] | 0;
  const k1 = key[1] | 0;
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let x = (c0 + k0) | 0;
  let y = (c1 + k1) | 0;
  // Five groups of four rounds; the rotation constants alternate, a key word is added after each.
  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + k1) | 0;
  y = (y + k2 + 1) | 0;
  x = (x + y) | 0;
  y = ((y << 17) | (y >>> 15)) ^ x;
  x = (x + y) | 0;
  y = ((y << 29) | (y >>> 3)) ^ x;
  x = (x + y) | 0;
  y = ((y << 16) | (y >>> 16)) ^ x;
  x = (x + y) | 0;
  y = ((y << 24) | (y >>> 8)) ^ x;
  x = (x + k2) | 0;
  y = (y + k0 + 2) | 0;
  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + k0) | 0;
  y = (y + k1 + 3) | 0;
  x = (x + y) | 0;
  y = ((y << 17) | (y >>> 15)) ^ x;
  x = (x + y) | 0;
  y = ((y << 29) | (y >>> 3)) ^ x;
  x = (x + y) | 0;
  y = ((y << 16) | (y >>> 16)) ^ x;
  x = (x + y) | 0;
  y = ((y << 24) | (y >>> 8)) ^ x;
  x = (x + k1) | 0;
  y = (y + k2 + 4) | 0;
  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  out[offset] = (x + k2) | 0;
  out[offset + 1] = (y + k0 + 5) | 0;
}

/** A key from an integer seed (64 bits of it are used). */
export function keyFromSeed(seed: number): Key {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed must be an integer, got ${seed}`);
  return [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
}

/** A new, independent key from a key and a number or a name (a "label" for what it is used for). */
export function foldIn(key: Key, data: number | string): Key {
  const out = new Uint32Array(2);
  if (typeof data === 'number') {
    if (!Number.isSafeInteger(data)) throw new RangeError(`foldIn needs an integer, got ${data}`);
    threefry(key, data >>> 0, Math.floor(data / 2 ** 32) >>> 0, out);
    return [out[0]!, out[1]!];
  }
  // A name is absorbed one character per block; its length comes first, so that no name is a prefix of another.
  threefry(key, data.length, 0x6e616d65, out);
  for (let i = 0; i < data.length; i++) {
    threefry([out[0]!, out[1]!], data.charCodeAt(i), 0x6e616d65, out);
  }
  return [out[0]!, out[1]!];
}

/** `count` independent keys. */
export function splitKey(key: Key, count: number): Key[] {
  return Array.from({ length: count }, (_, i) => foldIn(key, i));
}

/** `count` uniform uint32. Word i is the (i mod 2)-th output of counter `(floor(i / 2), 0)`. */
export function randomBits(key: Key, count: number): Uint32Array {
  const out = new Uint32Array(count + (count & 1));
  for (let i = 0; i < count; i += 2) threefry(key, i >> 1, 0, out, i);
  return out.subarray(0, count);
}

/** Maps 32 random bits to (0, 1): the middle of one of 2^23 equal steps, exact in float32. */
export function bitsToUniform(bits: number): number {
  return ((bits >>> 9) + 0.5) * 2 ** -23;
}

/** `count` float32 made of the words that `randomBits(key, count)` has, without holding the words. */
function mapBits(key: Key, count: number, fn: (bits: number) => number): Float32Array {
  const out = new Float32Array(count);
  const words = new Uint32Array(2);
  for (let i = 0; i < count; i++) {
    if ((i & 1) === 0) threefry(key, i >> 1, 0, words);
    out[i] = fn(words[i & 1]!);
  }
  return out;
}

/** `count` float32 uniform in the open interval (0, 1). */
export function uniform(key: Key, count: number): Float32Array {
  return mapBits(key, count, bitsToUniform);
}

/** `count` float32 from the standard normal distribution, by inversion. */
export function normal(key: Key, count: number): Float32Array {
  return mapBits(key, count, (bits) => inverseNormalFloat32(bitsToUniform(bits)));
}

// Φ(2) and Φ(-2), and the standard deviation of a normal truncated there.
const PHI_TWO = 0.9772498680518208;
/** Standard deviation of a standard normal truncated to [-2, 2]. */
export const TRUNCATED_NORMAL_STD = 0.8796256610342398;

/** `count` float32 from the standard normal truncated to [-2, 2] (standard deviation 0.8796). */
export function truncatedNormal(key: Key, count: number): Float32Array {
  const scale = Math.fround(2 * PHI_TWO - 1);
  const offset = Math.fround(1 - PHI_TWO);
  return mapBits(key, count, (bits) =>
    inverseNormalFloat32(Math.fround(offset + Math.fround(bitsToUniform(bits) * scale))),
  );
}

/** A uniform integer in [0, bound) for bound <= 2^53, without modulo bias worth speaking of (2^-53 bound). */
export function randomInt(key: Key, bound: number): number {
  const out = new Uint32Array(2);
  threefry(key, 0, 0, out);
  const unit = ((out[0]! >>> 5) * 2 ** 26 + (out[1]! >>> 6)) * 2 ** -53;
  return Math.floor(unit * bound);
}

/** A uniformly random permutation of 0..count-1 (Fisher-Yates). */
export function permutation(key: Key, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = randomInt(foldIn(key, i), i + 1);
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
  return order;
}
