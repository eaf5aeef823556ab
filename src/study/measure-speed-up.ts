// How many tokens a model saves until it reaches another model's loss.

/** A point [tokens, nats per token] of a curve; null or a non-finite loss is left out. */
export type CurvePoint = readonly [number, number | null];

/**
 * The baseline's tokens divided by the tokens at which `curve` first reaches the baseline's final loss,
 * interpolated between evaluations (arXiv 2603.10055): `never` if it does not reach it, `at once` if it starts below it, null if
 * one of them has no loss.
 *
 * @param extraTokens tokens that the arm saw before, such as those of its source stage, counted as its own
 */
export function measureSpeedUp(
  curve: readonly CurvePoint[],
  baselineCurve: readonly CurvePoint[],
  extraTokens = 0,
): number | 'never' | 'at once' | null {
  const final = finitePoints(baselineCurve).at(-1);
  if (final === undefined) return null;
  const [total, target] = final;
  const points = finitePoints(curve);
  if (points.length === 0) return null;
  const index = points.findIndex(([, loss]) => loss <= target);
  const hit = points[index];
  if (hit === undefined) return 'never';
  const before = points[index - 1];
  const tokens =
    before === undefined
      ? hit[0]
      : before[0] + ((hit[0] - before[0]) * (before[1] - target)) / (before[1] - hit[1]);
  return tokens + extraTokens > 0 ? total / (tokens + extraTokens) : 'at once';
}

function finitePoints(curve: readonly CurvePoint[]): (readonly [number, number])[] {
  return curve.filter((point): point is readonly [number, number] => Number.isFinite(point[1]));
}
