import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linearFit, mean, quantile, standardDeviation, wilsonInterval } from './stats.ts';

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

test('linearFit minimises the squares', () => {
  const { slope, intercept } = linearFit([0, 1, 2, 3], [1, 0, 2, 5]);
  expect(slope).toBeCloseTo(1.4, 12);
  expect(intercept).toBeCloseTo(-0.1, 12);
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
