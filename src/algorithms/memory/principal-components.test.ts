import { expect, test } from 'vitest';
import { principalComponents } from './principal-components.ts';

/** Points in a plane of ten dimensions, four times as far along the first direction. */
function planePoints(): { points: Float64Array; along: number[][] } {
  const [u, v] = [
    Array.from({ length: 10 }, (_, i) => (i < 5 ? 1 : 0)),
    Array.from({ length: 10 }, (_, i) => (i < 5 ? 0 : 1)),
  ];
  const along = Array.from({ length: 12 }, (_, i) => [4 * Math.cos(i * 2.4), Math.sin(i * 2.4)]);
  const points = along.flatMap(([a, b]) =>
    u.map((x, d) => 7 + (a! * x) / Math.sqrt(5) + (b! * v[d]!) / Math.sqrt(5)),
  );
  return { points: Float64Array.from(points), along };
}

test('distances in a plane are those between the coordinates', () => {
  const { points, along } = planePoints();
  const { coordinates, shares } = principalComponents(points, 10, 2);
  for (let a = 0; a < along.length; a++) {
    for (let b = 0; b < a; b++) {
      const given = Math.hypot(along[a]![0]! - along[b]![0]!, along[a]![1]! - along[b]![1]!);
      const found = Math.hypot(
        coordinates[2 * a]! - coordinates[2 * b]!,
        coordinates[2 * a + 1]! - coordinates[2 * b + 1]!,
      );
      expect(found).toBeCloseTo(given, 9);
    }
  }
  expect(shares[0]! + shares[1]!).toBeCloseTo(1, 9);
  expect(shares[0]).toBeGreaterThan(0.9);
});

test('directions that points do not have are empty, and nothing is divided by zero', () => {
  const { points } = planePoints();
  const { coordinates, shares } = principalComponents(points, 10, 3);
  expect(shares[2]).toBeCloseTo(0, 9);
  for (let i = 0; i < 12; i++) expect(coordinates[3 * i + 2]).toBeCloseTo(0, 5);
  expect(principalComponents(new Float64Array(20).fill(3), 10, 2).shares).toEqual([0, 0]);
});
