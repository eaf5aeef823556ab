// Counter-based random numbers, bit for bit those of src/core/rng.ts: one at a time for keys, four at a time for data.

/** Where `threefry4` leaves its first words; the second ones follow 16 bytes later. */
export const WORDS: usize = memory.data(32, 16);

/** Threefry-2x32 with 20 rounds. A key, a counter and the result hold their first word in the low half. */
export function threefry(key: u64, c0: u32, c1: u32): u64 {
  const k0 = u32(key);
  const k1 = u32(key >> 32);
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let x: u32 = c0 + k0;
  let y: u32 = c1 + k1;
  x += y;
  y = rotl<u32>(y, 13) ^ x;
  x += y;
  y = rotl<u32>(y, 15) ^ x;
  x += y;
  y = rotl<u32>(y, 26) ^ x;
  x += y;
  y = rotl<u32>(y, 6) ^ x;
  x += k1;
  y += k2 + 1;
  x += y;
  y = rotl<u32>(y, 17) ^ x;
  x += y;
  y = rotl<u32>(y, 29) ^ x;
  x += y;
  y = rotl<u32>(y, 16) ^ x;
  x += y;
  y = rotl<u32>(y, 24) ^ x;
  x += k2;
  y += k0 + 2;
  x += y;
  y = rotl<u32>(y, 13) ^ x;
  x += y;
  y = rotl<u32>(y, 15) ^ x;
  x += y;
  y = rotl<u32>(y, 26) ^ x;
  x += y;
  y = rotl<u32>(y, 6) ^ x;
  x += k0;
  y += k1 + 3;
  x += y;
  y = rotl<u32>(y, 17) ^ x;
  x += y;
  y = rotl<u32>(y, 29) ^ x;
  x += y;
  y = rotl<u32>(y, 16) ^ x;
  x += y;
  y = rotl<u32>(y, 24) ^ x;
  x += k1;
  y += k2 + 4;
  x += y;
  y = rotl<u32>(y, 13) ^ x;
  x += y;
  y = rotl<u32>(y, 15) ^ x;
  x += y;
  y = rotl<u32>(y, 26) ^ x;
  x += y;
  y = rotl<u32>(y, 6) ^ x;
  x += k2;
  y += k0 + 5;
  return u64(x) | (u64(y) << 32);
}

/** A new key from a key and an integer, given as two words. */
export function foldIn(key: u64, low: u32, high: u32): u64 {
  return threefry(key, low, high);
}

/** A new key from a key and a name of `length` bytes of ASCII. */
export function foldInName(key: u64, name: usize, length: i32): u64 {
  let folded = threefry(key, length, 0x6e616d65);
  for (let i = 0; i < length; i++) folded = threefry(folded, load<u8>(name + i), 0x6e616d65);
  return folded;
}

/** A uniform integer in [0, bound), as `randomInt` of the core draws it. */
export function randomInt(key: u64, bound: u32): u32 {
  const words = threefry(key, 0, 0);
  const high = f64(u32(words) >>> 5) * 67108864.0;
  const unit = (high + f64(u32(words >> 32) >>> 6)) * (1.0 / 9007199254740992.0);
  return u32(Math.floor(unit * f64(bound)));
}

/** Four blocks at once, of the counters `(c0, c1)` lane by lane; the words go to WORDS and WORDS + 16. */
export function threefry4(key: u64, c0: v128, c1: v128): void {
  const word0 = u32(key);
  const word1 = u32(key >> 32);
  const k0 = i32x4.splat(word0);
  const k1 = i32x4.splat(word1);
  const k2 = i32x4.splat(word0 ^ word1 ^ 0x1bd11bda);
  let x = i32x4.add(c0, k0);
  let y = i32x4.add(c1, k1);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 13), i32x4.shr_u(y, 19)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 15), i32x4.shr_u(y, 17)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 26), i32x4.shr_u(y, 6)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 6), i32x4.shr_u(y, 26)), x);
  x = i32x4.add(x, k1);
  y = i32x4.add(y, i32x4.add(k2, i32x4.splat(1)));
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 17), i32x4.shr_u(y, 15)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 29), i32x4.shr_u(y, 3)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 16), i32x4.shr_u(y, 16)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 24), i32x4.shr_u(y, 8)), x);
  x = i32x4.add(x, k2);
  y = i32x4.add(y, i32x4.add(k0, i32x4.splat(2)));
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 13), i32x4.shr_u(y, 19)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 15), i32x4.shr_u(y, 17)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 26), i32x4.shr_u(y, 6)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 6), i32x4.shr_u(y, 26)), x);
  x = i32x4.add(x, k0);
  y = i32x4.add(y, i32x4.add(k1, i32x4.splat(3)));
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 17), i32x4.shr_u(y, 15)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 29), i32x4.shr_u(y, 3)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 16), i32x4.shr_u(y, 16)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 24), i32x4.shr_u(y, 8)), x);
  x = i32x4.add(x, k1);
  y = i32x4.add(y, i32x4.add(k2, i32x4.splat(4)));
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 13), i32x4.shr_u(y, 19)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 15), i32x4.shr_u(y, 17)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 26), i32x4.shr_u(y, 6)), x);
  x = i32x4.add(x, y);
  y = v128.xor(v128.or(i32x4.shl(y, 6), i32x4.shr_u(y, 26)), x);
  v128.store(WORDS, i32x4.add(x, k2));
  v128.store(WORDS, i32x4.add(y, i32x4.add(k0, i32x4.splat(5))), 16);
}

/** Four random words to the middles of 2^23 equal steps of (0, 1). */
export function uniform4(bits: v128): v128 {
  const step = f32x4.convert_i32x4_u(i32x4.shr_u(bits, 9));
  return f32x4.mul(f32x4.add(step, f32x4.splat(0.5)), f32x4.splat(1.1920928955078125e-7));
}
