// The directions in which points vary most, for pictures of memories.

export type PrincipalComponents = {
  /** The points along the components, row-major `[points, count]`. */
  readonly coordinates: Float64Array;
  /** Share of the variance along each component, falling. */
  readonly shares: readonly number[];
};

/** Rounds of the iteration; more change nothing that is seen. */
const ROUNDS = 200;

/**
 * Principal components by subspace iteration on the Gram matrix of the centered points, which is small for few points, however wide
 * they are. The sign of a component is such that its largest coordinate is positive, so that equal points give equal pictures.
 *
 * @param points row-major `[points, width]`
 */
export function principalComponents(
  points: ArrayLike<number>,
  width: number,
  count: number,
): PrincipalComponents {
  const n = points.length / width;
  const gram = gramMatrix(points, width);
  const trace = Array.from({ length: n }, (_, i) => gram[i * n + i]!).reduce((a, b) => a + b, 0);
  const coordinates = new Float64Array(n * count);
  const shares: number[] = [];
  const basis: Float64Array[] = [];
  for (let c = 0; c < count; c++) {
    // Any beginning does that is not at right angles to what is looked for.
    let vector = Float64Array.from({ length: n }, (_, i) => Math.sin((c + 1) * (i + 1)));
    let value = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const next = multiply(gram, vector);
      for (const other of basis) removePart(next, other);
      value = norm(next);
      if (value <= 1e-12 * Math.max(1, trace)) {
        value = 0;
        break;
      }
      vector = next.map((x) => x / value);
    }
    if (value === 0) {
      shares.push(0);
      continue;
    }
    basis.push(vector);
    const largest = vector.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    const scale = Math.sign(largest) * Math.sqrt(value);
    for (let i = 0; i < n; i++) coordinates[i * count + c] = vector[i]! * scale;
    shares.push(value / trace);
  }
  return { coordinates, shares };
}

/** Products of the centered points with one another, `[points, points]`. */
function gramMatrix(points: ArrayLike<number>, width: number): Float64Array {
  const n = points.length / width;
  const mean = new Float64Array(width);
  for (let i = 0; i < points.length; i++) mean[i % width]! += points[i]! / n;
  const centered = Float64Array.from(points, (x, i) => x - mean[i % width]!);
  const gram = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = a; b < n; b++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += centered[a * width + i]! * centered[b * width + i]!;
      gram[a * n + b] = sum;
      gram[b * n + a] = sum;
    }
  }
  return gram;
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += matrix[i * n + j]! * vector[j]!;
    return sum;
  });
}

function removePart(vector: Float64Array, unit: Float64Array): void {
  const part = vector.reduce((sum, x, i) => sum + x * unit[i]!, 0);
  for (let i = 0; i < vector.length; i++) vector[i]! -= part * unit[i]!;
}

function norm(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
}
