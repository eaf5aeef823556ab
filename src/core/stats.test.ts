import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  adjustHolm,
  confidenceInterval,
  confidenceInterval95,
  linearFit,
  mean,
  pairedTTestP,
  quantile,
  standardDeviation,
  studentTwoSidedP,
  studentTwoSidedQuantile,
  wilsonInterval,
} from './stats.ts';

test('mean and standard deviation', () => {
  expect(mean([1, 2, 3, 10])).toBe(4);
  expect(mean(Float32Array.of(2, 4))).toBe(3);
  expect(mean([])).toBeNaN();
  // Σ(x − 5)² = 32 over 8 values.
  expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 14);
  expect(standardDeviation([3])).toBeNaN();
});

test('quantiles interpolate between order statistics', () => {
  const values = [40, 10, 30, 20];
  expect([0, 0.25, 0.5, 0.75, 1].map((q) => quantile(values, q))).toEqual([10, 17.5, 25, 32.5, 40]);
  expect(values).toEqual([40, 10, 30, 20]);
  expect(quantile([7], 0.3)).toBe(7);
  // Numbers, not text: 9 comes before 10.
  expect(quantile([10, 9, 100], 0.5)).toBe(10);
});

test('linearFit recovers a line', () => {
  const number = fc.integer({ min: -100, max: 100 });
  fc.assert(
    fc.property(number, number, fc.uniqueArray(number, { minLength: 2 }), (a, b, x) => {
      const fit = linearFit(
        x,
        x.map((v) => a * v + b),
      );
      expect(fit.slope).toBeCloseTo(a, 8);
      expect(fit.intercept).toBeCloseTo(b, 6);
    }),
  );
});

test('linearFit minimizes the squares', () => {
  const { slope, intercept } = linearFit([0, 1, 2, 3], [1, 0, 2, 5]);
  expect(slope).toBeCloseTo(1.4, 12);
  expect(intercept).toBeCloseTo(-0.1, 12);
});

// Computed with SciPy 1.17: scipy.stats.t.isf(p / 2, degrees).
test.each([
  [0.05, 1, 12.706204736174705],
  [0.05, 2, 4.302652729749464],
  [0.05, 4, 2.7764451051977943],
  [0.05, 12, 2.1788128296672293],
  [0.05, 13, 2.160368656462793],
  [0.05, 120, 1.9799304050824411],
  [0.05, 2000, 1.9611508260994381],
  [0.05 / 3, 4, 3.960786482770179],
  [0.01, 7, 3.4994832973504932],
  [0.05 / 200, 3, 20.60408714508407],
  [0.5, 9, 0.7027221467513264],
  [1e-6, 30, 6.119075620384216],
])('|T| exceeds with probability %f, with %i degrees of freedom, %f', (p, degrees, expected) => {
  expect(studentTwoSidedQuantile(p, degrees) / expected).toBeCloseTo(1, 9);
});

test('the 95 % interval of a mean', () => {
  // Mean 3, standard deviation sqrt(2.5), 5 values: 3 ± 2.7764 · sqrt(0.5).
  const [low, high] = confidenceInterval95([1, 2, 3, 4, 5])!;
  expect(low).toBeCloseTo(3 - 1.96322, 4);
  expect(high).toBeCloseTo(3 + 1.96322, 4);
  expect(confidenceInterval95([7])).toBeNull();
  // scipy.stats.t.isf(0.01 / 2, 4) is 4.604094871.
  expect(confidenceInterval([1, 2, 3, 4, 5], 0.01)).toEqual([
    expect.closeTo(3 - 4.604094871 * Math.sqrt(0.5), 8),
    expect.closeTo(3 + 4.604094871 * Math.sqrt(0.5), 8),
  ]);
});

// Computed with SciPy 1.17: 2 * scipy.stats.t.sf(|t|, degrees).
test.each([
  [0.5, 1, 0.7048327646991335],
  [2.5, 2, 0.12961172022151082],
  [-3, 3, 0.0576688856224373],
  [10, 4, 0.000562003622715991],
  [1.234, 7, 0.25702238100854846],
  [2.2621572, 9, 0.04999999695974139],
  [4, 30, 0.0003818456360837564],
  [50, 6, 4.292901143455143e-9],
])('|T| exceeds %f with %i degrees of freedom with probability %f', (t, degrees, expected) => {
  expect(studentTwoSidedP(t, degrees)).toBeCloseTo(expected, 14);
});

test('the p value and the 95 % interval agree', () => {
  for (let degrees = 1; degrees <= 40; degrees++) {
    expect(studentTwoSidedP(studentTwoSidedQuantile(0.05, degrees), degrees)).toBeCloseTo(0.05, 13);
  }
  expect(studentTwoSidedP(0, 5)).toBe(1);
  expect(studentTwoSidedP(Number.POSITIVE_INFINITY, 5)).toBe(0);
  expect(studentTwoSidedP(Number.NaN, 5)).toBeNaN();
});

test('the paired t-test', () => {
  // scipy.stats.ttest_1samp of these seven differences.
  const gaps = [-0.015, -0.054, -0.007, -0.074, -0.029, -0.009, -0.002];
  expect(pairedTTestP(gaps)).toBeCloseTo(0.038466401169111895, 13);
  expect(pairedTTestP([1])).toBeNull();
  expect(pairedTTestP([0, 0, 0])).toBe(1);
  expect(pairedTTestP([1, 1, 1])).toBe(0);
});

test('Holm’s adjustment multiplies by what is left, and never falls', () => {
  const near = (values: number[]) => values.map((value) => expect.closeTo(value, 12));
  // Sorted .005 ·4, .01 ·3, .03 ·2, then .04 ·1, which may not be below .06.
  expect(adjustHolm([0.01, 0.04, 0.03, 0.005])).toEqual(near([0.03, 0.06, 0.06, 0.02]));
  expect(adjustHolm([0.9, 0.6])).toEqual([1, 1]);
  expect(adjustHolm([0.02])).toEqual([0.02]);
  expect(adjustHolm([])).toEqual([]);
});

test("Wilson's interval solves its equation, and is of use at both ends", () => {
  // Its ends are the shares p with |hits/count - p| = z sqrt(p (1 - p) / count).
  for (const [hits, count] of [
    [3, 10],
    [234, 500],
    [499, 500],
  ] as const) {
    for (const p of wilsonInterval(hits, count)) {
      const z = Math.abs(hits / count - p) / Math.sqrt((p * (1 - p)) / count);
      expect(z).toBeCloseTo(1.96, 4);
    }
  }
  expect(wilsonInterval(0, 500)[0]).toBe(0);
  expect(wilsonInterval(0, 500)[1]).toBeCloseTo(0.00762, 5);
  expect(wilsonInterval(500, 500)).toEqual([expect.closeTo(0.99238, 5), 1]);
});
