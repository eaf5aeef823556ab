import { describe, expect, test } from 'vitest';
import { arrayOf, keyFromSeed, type NdArray, normal } from '../core/index.ts';
import { randomOrthogonal, scrambleWeights } from './scramble.ts';

const key = keyFromSeed(3);
const matrix = (rows: number, columns: number): NdArray =>
  arrayOf('float32', [rows, columns], [...normal(keyFromSeed(rows), rows * columns)]);
const numbers = ({ data }: NdArray) => Array.from(data, Number);
const sorted = (value: NdArray) => numbers(value).sort((a, b) => a - b);

/** Traces of (Wᵀ W)^k, k = 1..3: sums of powers of the singular values. */
function powerSums(value: NdArray): number[] {
  const [rows, columns] = value.shape as [number, number];
  const w = numbers(value);
  const gram = (i: number, j: number) => {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += w[r * columns + i]! * w[r * columns + j]!;
    return sum;
  };
  const size = [...Array(columns).keys()];
  const g = size.map((i) => size.map((j) => gram(i, j)));
  const times = (a: number[][], b: number[][]) =>
    size.map((i) => size.map((j) => size.reduce((sum, k) => sum + a[i]![k]! * b[k]![j]!, 0)));
  const trace = (a: number[][]) => size.reduce((sum, i) => sum + a[i]![i]!, 0);
  const squared = times(g, g);
  return [trace(g), trace(squared), trace(times(squared, g))];
}

test('trained weights stay the very arrays', () => {
  const value = matrix(4, 6);
  expect(scrambleWeights(value, 'trained', key)).toBe(value);
});

describe('permuted', () => {
  test.each([
    ['a matrix', matrix(12, 7)],
    ['a vector', arrayOf('float32', [40], [...Array(40).keys()])],
  ])('%s keeps its entries, in another order, and the source its own', (_, value) => {
    const before = numbers(value);
    const result = scrambleWeights(value, 'permuted', key);
    expect(result.shape).toEqual(value.shape);
    expect(sorted(result)).toEqual(sorted(value));
    expect(numbers(result)).not.toEqual(before);
    expect(numbers(value)).toEqual(before);
  });
});

describe('rotated', () => {
  test.each([
    [12, 7],
    [7, 12],
    [16, 16],
  ])('a matrix [%i, %i] keeps its singular values and loses its entries', (rows, columns) => {
    const value = matrix(rows, columns);
    const result = scrambleWeights(value, 'rotated', key);
    powerSums(result).forEach((sum, i) => {
      expect(sum / powerSums(value)[i]!).toBeCloseTo(1, 5);
    });
    const overlap = numbers(result).reduce((sum, x, i) => sum + x * numbers(value)[i]!, 0);
    expect(Math.abs(overlap / powerSums(value)[0]!)).toBeLessThan(0.5);
    expect(scrambleWeights(value, 'rotated', key)).toEqual(result);
    expect(scrambleWeights(value, 'rotated', keyFromSeed(4))).not.toEqual(result);
  });

  test('a vector is permuted', () => {
    const value = arrayOf('float32', [30], [...Array(30).keys()]);
    expect(sorted(scrambleWeights(value, 'rotated', key))).toEqual(sorted(value));
  });
});

test.each([1, 2, 33, 128])('a random orthogonal matrix of size %i is one', (size) => {
  const q = randomOrthogonal(size, key);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let product = 0;
      for (let k = 0; k < size; k++) product += q[i * size + k]! * q[j * size + k]!;
      expect(product).toBeCloseTo(i === j ? 1 : 0, 12);
    }
  }
});
