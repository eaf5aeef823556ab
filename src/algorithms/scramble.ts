// Controls for transfer: weights that keep some properties of the trained ones and lose the rest.

import { foldIn, type Key, type NdArray, normal, permutation } from '../core/index.ts';

/**
 * What happens to carried weights:
 * - `trained`: they are kept;
 * - `permuted`: the entries of each array are permuted at random, which keeps their distribution and destroys all
 *   structure;
 * - `rotated`: each matrix is multiplied from both sides by random orthogonal matrices, which keeps its norm and its
 *   singular values and makes its singular vectors random. Vectors (gains of norms, biases) are permuted.
 */
export const WEIGHT_CONTROLS = ['trained', 'permuted', 'rotated'] as const;
export type WeightControl = (typeof WEIGHT_CONTROLS)[number];

/** The array that a control makes of a trained one; a new array unless the control is `trained`. */
export function scrambleWeights(value: NdArray, control: WeightControl, key: Key): NdArray {
  if (control === 'trained') return value;
  if (control === 'rotated' && value.shape.length === 2) return rotateMatrix(value, key);
  return permuteEntries(value, key);
}

function permuteEntries(value: NdArray, key: Key): NdArray {
  const data = value.data.slice() as Float32Array;
  const source = value.data as Float32Array;
  permutation(key, data.length).forEach((from, to) => {
    data[to] = source[from]!;
  });
  return { ...value, data };
}

/** `Q · W · R` with random orthogonal `Q` and `R`, computed in float64. */
function rotateMatrix(value: NdArray, key: Key): NdArray {
  const [rows, columns] = value.shape as [number, number];
  const left = randomOrthogonal(rows, foldIn(key, 'left'));
  const right = randomOrthogonal(columns, foldIn(key, 'right'));
  const half = multiply(left, Float64Array.from(value.data as Float32Array), rows, rows, columns);
  const product = multiply(half, right, rows, columns, columns);
  const data = value.data.slice() as Float32Array;
  data.set(product);
  return { ...value, data };
}

/**
 * An orthogonal matrix `[size, size]` from the uniform (Haar) distribution: Gram-Schmidt on rows of normal
 * numbers, each orthogonalized twice against rounding (Giraud et al. 2005).
 */
export function randomOrthogonal(size: number, key: Key): Float64Array {
  const matrix = Float64Array.from(normal(key, size * size));
  for (let i = 0; i < size; i++) {
    const row = matrix.subarray(i * size, (i + 1) * size);
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = matrix.subarray(j * size, (j + 1) * size);
        const overlap = dot(row, other);
        for (let k = 0; k < size; k++) row[k] = row[k]! - overlap * other[k]!;
      }
    }
    const norm = Math.sqrt(dot(row, row));
    for (let k = 0; k < size; k++) row[k] = row[k]! / norm;
  }
  return matrix;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

/** Product of `[rows, inner]` and `[inner, columns]`, row-major. */
function multiply(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k]!;
      for (let j = 0; j < columns; j++) {
        out[i * columns + j] = out[i * columns + j]! + factor * b[k * columns + j]!;
      }
    }
  }
  return out;
}
