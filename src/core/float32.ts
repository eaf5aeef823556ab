// Elementary functions in float32, built from IEEE additions, multiplications and divisions only.
// `Math.log`, `Math.exp` and `Math.cos` differ between JavaScript engines; these do not, and
// WebAssembly float32 code that does the same operations gives the same bits.

const f = Math.fround;

const bitsBuffer = new ArrayBuffer(4);
const asFloat = new Float32Array(bitsBuffer);
const asInt = new Int32Array(bitsBuffer);

const SQRT2 = f(Math.SQRT2);
// ln 2 in two parts: the product of the first with an exponent is exact.
const LN2_HIGH = f(0.693359375);
const LN2_LOW = f(-2.1219444005469057e-4);
const INV_LN2 = f(Math.LOG2E);

/**
 * Natural logarithm of a positive normal float32, as float32 (relative error below 3e-7).
 * Uses ln m = 2 artanh((m-1)/(m+1)) on m in [sqrt(1/2), sqrt(2)).
 */
export function logFloat32(x: number): number {
  asFloat[0] = x;
  const bits = asInt[0]!;
  let exponent = (bits >> 23) - 127;
  asInt[0] = (bits & 0x7fffff) | 0x3f800000;
  let m = asFloat[0]!;
  if (m > SQRT2) {
    m = f(m * 0.5);
    exponent += 1;
  }
  const s = f(f(m - 1) / f(m + 1));
  const z = f(s * s);
  let p = f(f(1 / 9) + f(z * f(1 / 11)));
  p = f(f(1 / 7) + f(z * p));
  p = f(f(1 / 5) + f(z * p));
  p = f(f(1 / 3) + f(z * p));
  const tail = f(f(f(s + s) * z) * p);
  const low = f(tail + f(exponent * LN2_LOW));
  return f(f(low + f(s + s)) + f(exponent * LN2_HIGH));
}

/** e^x as float32 for |x| <= 80 (relative error below 3e-7): 2^n times a Taylor polynomial. */
export function expFloat32(x: number): number {
  const n = Math.round(f(x * INV_LN2));
  const r = f(f(x - f(n * LN2_HIGH)) - f(n * LN2_LOW));
  let p = f(f(1 / 720) + f(r * f(1 / 5040)));
  p = f(f(1 / 120) + f(r * p));
  p = f(f(1 / 24) + f(r * p));
  p = f(f(1 / 6) + f(r * p));
  p = f(0.5 + f(r * p));
  p = f(f(f(f(r * r) * p) + r) + 1);
  asInt[0] = (n + 127) << 23;
  return f(p * asFloat[0]!);
}

/**
 * Inverse of the standard normal distribution function, as float32.
 * Source: M. J. Wichura, Algorithm AS 241 (PPND7), Applied Statistics 37 (1988), 477-484.
 *
 * @param p probability, strictly between 0 and 1
 */
export function inverseNormalFloat32(p: number): number {
  const q = f(p - 0.5);
  if (Math.abs(q) <= f(0.425)) {
    const r = f(f(0.180625) - f(q * q));
    return f(f(q * polynomial(r, CENTRE_NUMERATOR)) / polynomial(r, CENTRE_DENOMINATOR));
  }
  const r = f(Math.sqrt(f(-logFloat32(q < 0 ? p : f(1 - p)))));
  const value =
    r <= 5
      ? f(polynomial(f(r - f(1.6)), TAIL_NUMERATOR) / polynomial(f(r - f(1.6)), TAIL_DENOMINATOR))
      : f(polynomial(f(r - 5), FAR_NUMERATOR) / polynomial(f(r - 5), FAR_DENOMINATOR));
  return q < 0 ? -value : value;
}

/** Evaluates coefficients from the lowest to the highest power, by Horner's rule in float32. */
function polynomial(x: number, coefficients: Float32Array): number {
  let value = coefficients[coefficients.length - 1]!;
  for (let i = coefficients.length - 2; i >= 0; i--) value = f(coefficients[i]! + f(x * value));
  return value;
}

const CENTRE_NUMERATOR = Float32Array.of(3.3871327179, 50.434271938, 159.29113202, 59.10937472);
const CENTRE_DENOMINATOR = Float32Array.of(1, 17.895169469, 78.757757664, 67.1875636);
const TAIL_NUMERATOR = Float32Array.of(1.4234372777, 2.75681539, 1.3067284816, 0.17023821103);
const TAIL_DENOMINATOR = Float32Array.of(1, 0.7370016425, 0.12021132975);
const FAR_NUMERATOR = Float32Array.of(6.657905115, 3.081226386, 0.42868294337, 0.017337203997);
const FAR_DENOMINATOR = Float32Array.of(1, 0.24197894225, 0.012258202635);
