import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expFloat32, inverseNormalFloat32, logFloat32 } from './float32.ts';

const f = Math.fround;

const fromBits = (bits: number) => new Float32Array(Int32Array.of(bits).buffer)[0]!;

/** Largest relative error of `approximate` over `points`. */
function worst(
  points: Iterable<number>,
  approximate: (x: number) => number,
  exact: (x: number) => number,
) {
  let error = 0;
  for (const x of points) {
    const want = exact(x);
    const got = approximate(x);
    error = Math.max(error, want === 0 ? Math.abs(got) : Math.abs(got - want) / Math.abs(want));
  }
  return error;
}

/** The distribution function of the standard normal, by its series; exact to 1e-15 for |x| < 6. */
function normalDistribution(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; k < 300; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

describe('logFloat32', () => {
  test('over all exponents', () => {
    function* grid() {
      for (let bits = 0x00800000; bits < 0x7f800000; bits += 3617) yield fromBits(bits);
    }
    expect(worst(grid(), logFloat32, Math.log)).toBeLessThan(3e-7);
  });

  test('next to 1, where the result vanishes', () => {
    function* grid() {
      for (let i = -20_000; i <= 20_000; i++) yield fromBits(0x3f800000 + i);
    }
    expect(worst(grid(), logFloat32, Math.log)).toBeLessThan(3e-7);
    expect(logFloat32(1)).toBe(0);
  });

  test('gives float32', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0x00800000, max: 0x7f7fffff }), (bits) => {
        const y = logFloat32(fromBits(bits));
        expect(f(y)).toBe(y);
      }),
    );
  });
});

describe('expFloat32', () => {
  test('from -80 to 80', () => {
    function* grid() {
      for (let i = -80_000; i <= 80_000; i++) yield f(i / 1000);
      for (let i = -20_000; i <= 20_000; i++) yield f(i * 1e-9);
    }
    expect(worst(grid(), expFloat32, Math.exp)).toBeLessThan(3e-7);
    expect(expFloat32(0)).toBe(1);
  });

  test('grows', () => {
    const values = Array.from({ length: 16_001 }, (_, i) => expFloat32(f((i - 8000) / 100)));
    expect(values[0]).toBeGreaterThan(0);
    expect(values.findIndex((value, i) => i > 0 && !(value > values[i - 1]!))).toBe(-1);
  });
});

describe('inverseNormalFloat32', () => {
  test('inverts the distribution function', () => {
    function* grid() {
      for (let i = 1; i < 4000; i++) yield f(i / 4000);
      for (let e = 12; e <= 24; e++) yield 2 ** -e;
    }
    // In x: the error in probability over the density.
    let error = 0;
    for (const p of grid()) {
      const x = inverseNormalFloat32(p);
      const density = Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
      error = Math.max(
        error,
        Math.abs(normalDistribution(x) - p) / density / Math.max(1, Math.abs(x)),
      );
    }
    expect(error).toBeLessThan(1e-6);
  });

  test('far tail and its mirror image', () => {
    // Φ(-5.294704084854598) = 2^-24
    expect(inverseNormalFloat32(2 ** -24)).toBeCloseTo(-5.294704, 5);
    expect(inverseNormalFloat32(1 - 2 ** -24)).toBeCloseTo(5.294704, 5);
    expect(inverseNormalFloat32(1e-30)).toBeCloseTo(-11.464025, 4);
    expect(inverseNormalFloat32(0.5)).toBe(0);
    for (let i = 1; i < 512; i++) {
      const p = i / 1024;
      expect(inverseNormalFloat32(1 - p)).toBe(-inverseNormalFloat32(p));
    }
  });
});

// WebAssembly code does the same operations and must give the same bits.
test('the bits never change', () => {
  const bits = (x: number) => new Uint32Array(Float32Array.of(x).buffer)[0]!.toString(16);
  const points = [0.001, 0.3, 0.77, 0.999].map(f);
  expect(points.map((x) => bits(logFloat32(x)))).toEqual([
    'c0dd0c55',
    'bf9a1bc8',
    'be85d19b',
    'ba8322ca',
  ]);
  expect(points.map((x) => bits(expFloat32(x)))).toEqual([
    '3f8020c9',
    '3facc82c',
    '400a399c',
    '402dcbd1',
  ]);
  expect(points.map((x) => bits(inverseNormalFloat32(x)))).toEqual([
    'c045c65c',
    'bf063f1d',
    '3f3d2511',
    '4045c66a',
  ]);
});
