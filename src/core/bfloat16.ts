// bfloat16, the upper half of a float32: to numbers and back.

/** The value of bfloat16 bits. */
export function bfloat16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 7) & 0xff;
  const fraction = bits & 0x7f;
  if (exponent === 255) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -133;
  return sign * (1 + fraction / 128) * 2 ** (exponent - 127);
}

/** Bits of the nearest bfloat16 of each value, ties to the even one; NaN stays NaN, beyond the largest is infinity. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, (word, i) => {
    // Rounding could carry the last bits of a NaN away, and leave an infinity.
    if (Number.isNaN(values[i]!)) return (word >>> 16) | 0x40;
    return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  });
}

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
/** A float64 of this size has no bits behind the point, and its last bit is even after a tie. */
const WHOLE = 2 ** 52;
const LARGEST = 255 * 2 ** 120;

/** The nearest number that is a bfloat16, ties to the even one; beyond the largest is infinity. */
export function roundToBfloat16(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const magnitude = Math.abs(value);
  scratch[0] = magnitude;
  const exponent = (words[1]! >>> 20) - 1023;
  // Numbers below 2^−126 are as far apart as those above it.
  const unit = 2 ** (Math.max(exponent, -126) - 7);
  const rounded = (magnitude / unit + WHOLE - WHOLE) * unit;
  return Math.sign(value) * (rounded > LARGEST ? Number.POSITIVE_INFINITY : rounded);
}
