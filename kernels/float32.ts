// Elementary functions on four float32 at once, operation by operation those of src/core/float32.ts.

/** Natural logarithm of four positive normal numbers. */
export function log4(x: v128): v128 {
  const one = f32x4.splat(1);
  let exponent = i32x4.sub(i32x4.shr_s(x, 23), i32x4.splat(127));
  let m = v128.or(v128.and(x, i32x4.splat(0x7fffff)), i32x4.splat(0x3f800000));
  const large = f32x4.gt(m, f32x4.splat(f32(Math.SQRT2)));
  m = v128.bitselect(f32x4.mul(m, f32x4.splat(0.5)), m, large);
  exponent = i32x4.sub(exponent, large);
  const power = f32x4.convert_i32x4_s(exponent);
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one));
  const z = f32x4.mul(s, s);
  let p = f32x4.add(f32x4.splat(f32(1.0 / 9.0)), f32x4.mul(z, f32x4.splat(f32(1.0 / 11.0))));
  p = f32x4.add(f32x4.splat(f32(1.0 / 7.0)), f32x4.mul(z, p));
  p = f32x4.add(f32x4.splat(f32(1.0 / 5.0)), f32x4.mul(z, p));
  p = f32x4.add(f32x4.splat(f32(1.0 / 3.0)), f32x4.mul(z, p));
  const twice = f32x4.add(s, s);
  const tail = f32x4.mul(f32x4.mul(twice, z), p);
  const low = f32x4.add(tail, f32x4.mul(power, f32x4.splat(f32(-2.1219444005469057e-4))));
  const high = f32x4.mul(power, f32x4.splat(f32(0.693359375)));
  return f32x4.add(f32x4.add(low, twice), high);
}

/** e^x for |x| <= 80. */
export function exp(x: f32): f32 {
  const scaled = x * f32(Math.LOG2E);
  // JavaScript's Math.round takes a half upwards; in float64 the sum is exact.
  const n = f32(Math.floor(f64(scaled) + 0.5));
  const r: f32 = x - n * f32(0.693359375) - n * f32(-2.1219444005469057e-4);
  let p: f32 = f32(1.0 / 720.0) + r * f32(1.0 / 5040.0);
  p = f32(1.0 / 120.0) + r * p;
  p = f32(1.0 / 24.0) + r * p;
  p = f32(1.0 / 6.0) + r * p;
  p = f32(0.5) + r * p;
  p = r * r * p + r + f32(1);
  return p * reinterpret<f32>((i32(n) + 127) << 23);
}

function polynomial4(x: v128, c0: f32, c1: f32, c2: f32, c3: f32): v128 {
  let value = f32x4.add(f32x4.splat(c2), f32x4.mul(x, f32x4.splat(c3)));
  value = f32x4.add(f32x4.splat(c1), f32x4.mul(x, value));
  return f32x4.add(f32x4.splat(c0), f32x4.mul(x, value));
}

function quadratic4(x: v128, c0: f32, c1: f32, c2: f32): v128 {
  const value = f32x4.add(f32x4.splat(c1), f32x4.mul(x, f32x4.splat(c2)));
  return f32x4.add(f32x4.splat(c0), f32x4.mul(x, value));
}

/**
 * Inverse of the standard normal distribution function (AS 241) for four probabilities from 2^-24 to 1 - 2^-24. So
 * near to 0 and 1 as its third range, beyond sqrt(-ln p) = 5, no uniform number of 23 bits comes.
 */
export function inverseNormal4(p: v128): v128 {
  const q = f32x4.sub(p, f32x4.splat(0.5));
  const central = f32x4.le(f32x4.abs(q), f32x4.splat(f32(0.425)));
  const r = f32x4.sub(f32x4.splat(f32(0.180625)), f32x4.mul(q, q));
  const center = f32x4.div(
    f32x4.mul(
      q,
      polynomial4(r, f32(3.3871327179), f32(50.434271938), f32(159.29113202), f32(59.10937472)),
    ),
    polynomial4(r, f32(1), f32(17.895169469), f32(78.757757664), f32(67.1875636)),
  );
  if (i32x4.all_true(central)) return center;
  const negative = f32x4.lt(q, f32x4.splat(0));
  const side = v128.bitselect(p, f32x4.sub(f32x4.splat(1), p), negative);
  const x = f32x4.sub(f32x4.sqrt(f32x4.neg(log4(side))), f32x4.splat(f32(1.6)));
  const tail = f32x4.div(
    polynomial4(x, f32(1.4234372777), f32(2.75681539), f32(1.3067284816), f32(0.17023821103)),
    quadratic4(x, f32(1), f32(0.7370016425), f32(0.12021132975)),
  );
  // The sign bit of q is the sign of the value.
  const sign = v128.and(negative, i32x4.splat(0x80000000));
  return v128.bitselect(center, v128.xor(tail, sign), central);
}
