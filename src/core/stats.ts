// Summary statistics with their uncertainty.

/** Arithmetic mean; NaN for an empty list. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Unbiased sample standard deviation (n - 1); NaN for fewer than two values. */
export function standardDeviation(values: ArrayLike<number>): number {
  const center = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - center) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}

/** The q-quantile (0..1) with linear interpolation between order statistics. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * q;
  const low = Math.floor(position);
  const high = Math.ceil(position);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (position - low);
}

/** Least-squares line through points `(x, y)`. */
export function linearFit(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): { slope: number; intercept: number } {
  const mx = mean(x);
  const my = mean(y);
  let sxy = 0;
  let sxx = 0;
  for (let i = 0; i < x.length; i++) {
    sxy += (x[i]! - mx) * (y[i]! - my);
    sxx += (x[i]! - mx) ** 2;
  }
  const slope = sxy / sxx;
  return { slope, intercept: my - slope * mx };
}

/**
 * Interval of the mean that holds it with confidence `1 - alpha` (Student's t), or null for fewer than two values.
 *
 * @param alpha chance that the interval misses the mean, above 0 and below 1
 */
export function confidenceInterval(
  values: ArrayLike<number>,
  alpha: number,
): [low: number, high: number] | null {
  const count = values.length;
  if (count < 2) return null;
  const center = mean(values);
  const half =
    (studentTwoSidedQuantile(alpha, count - 1) * standardDeviation(values)) / Math.sqrt(count);
  return [center - half, center + half];
}

/** Interval of the mean that holds it with 95 % confidence (Student's t), or null for fewer than two values. */
export function confidenceInterval95(values: ArrayLike<number>): [number, number] | null {
  return confidenceInterval(values, 0.05);
}

/**
 * The value that |T| exceeds with probability `p`: the inverse of `studentTwoSidedP`, found by halving; for p of 1e-6 or
 * more right to about 1e-9 of it.
 *
 * @param p above 0, below 1
 * @param degrees whole, at least 1
 */
export function studentTwoSidedQuantile(p: number, degrees: number): number {
  let high = 1;
  while (studentTwoSidedP(high, degrees) > p) high *= 2;
  let low = high === 1 ? 0 : high / 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (studentTwoSidedP(middle, degrees) > p) low = middle;
    else high = middle;
  }
}

/**
 * Two-sided p value of Student's t: the probability that |T| exceeds |t|. For whole degrees of freedom the incomplete
 * beta function is a finite sum in the angle atan(t / √degrees) (Abramowitz and Stegun 26.7.3 and 26.7.4), right to
 * about 1e-15.
 *
 * @param degrees whole, at least 1
 */
export function studentTwoSidedP(t: number, degrees: number): number {
  if (Number.isNaN(t)) return Number.NaN;
  const size = Math.abs(t);
  if (size === Number.POSITIVE_INFINITY) return 0;
  const odd = degrees % 2 === 1;
  const sine = size / Math.sqrt(degrees + size * size);
  const cosineSquared = degrees / (degrees + size * size);
  let term = odd ? Math.sqrt(cosineSquared) : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cosineSquared * (k - 1)) / k;
    sum += term;
  }
  const inside = odd
    ? (2 / Math.PI) * (Math.atan(size / Math.sqrt(degrees)) + sine * sum)
    : sine * sum;
  return Math.min(1, Math.max(0, 1 - inside));
}

/**
 * Two-sided p value of the paired t-test that the mean of the differences is zero; null for fewer than two of them.
 * Equal differences have no spread: 0, or 1 where all of them are zero.
 */
export function pairedTTestP(differences: ArrayLike<number>): number | null {
  const count = differences.length;
  if (count < 2) return null;
  const center = mean(differences);
  if (center === 0) return 1;
  return studentTwoSidedP((center / standardDeviation(differences)) * Math.sqrt(count), count - 1);
}

/**
 * Holm's step-down adjustment of p values, in their order: whoever calls those below 0.05 significant makes any false
 * alarm at all in at most 5 % of families (Holm 1979, Scand. J. Statist. 6, 65).
 */
export function adjustHolm(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const adjusted = new Array<number>(values.length);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * values[index]!));
    adjusted[index] = largest;
  });
  return adjusted;
}

/**
 * The 95 % interval of a share of which `hits` of `count` draws are a sample (Wilson 1927). Unlike one standard error
 * either way, it says something where no draw hit: that the share is at most about 3.8 / (count + 3.8).
 */
export function wilsonInterval(hits: number, count: number): [low: number, high: number] {
  const z = 1.959963984540054;
  const share = hits / count;
  const center = (share + z ** 2 / (2 * count)) / (1 + z ** 2 / count);
  const half =
    (z / (1 + z ** 2 / count)) * Math.sqrt((share * (1 - share)) / count + (z / (2 * count)) ** 2);
  // At the ends of the range the two terms are equal, but not always to the last bit.
  return [hits === 0 ? 0 : center - half, hits === count ? 1 : center + half];
}
