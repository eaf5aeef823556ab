// Statistics of memories as points in space.

/**
 * The number of directions in which memories vary: (Σλ)² / Σλ² over the eigenvalues λ of their covariance (the
 * participation ratio). It is 1 if all lie on a line, K · d if they spread equally in all directions, and 0 for fewer than two
 * memories or if all are equal.
 *
 * @param memories row-major `[count, width]`
 */
export function effectiveRank(memories: ArrayLike<number>, width: number): number {
  const count = memories.length / width;
  if (count < 2) return 0;
  const mean = new Float64Array(width);
  for (let i = 0; i < memories.length; i++) mean[i % width]! += memories[i]! / count;
  const centered = Float64Array.from(
    { length: memories.length },
    (_, i) => memories[i]! - mean[i % width]!,
  );
  // The Gram matrix has the covariance's eigenvalues, and is small for few memories.
  let trace = 0;
  let squares = 0;
  for (let a = 0; a < count; a++) {
    for (let b = a; b < count; b++) {
      let product = 0;
      for (let i = 0; i < width; i++)
        product += centered[a * width + i]! * centered[b * width + i]!;
      if (a === b) trace += product;
      squares += (a === b ? 1 : 2) * product * product;
    }
  }
  return squares === 0 ? 0 : (trace * trace) / squares;
}

/** Mean of (a − b)² over two equally long arrays. */
export function meanSquaredDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i]! - b[i]!) ** 2;
  return total / a.length;
}
