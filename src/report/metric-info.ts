// What the numbers are that algorithms report, in words and digits.

import type { MetricInfo } from '../algorithms/algorithm.ts';
import { formatNumber, formatPercent } from '../chart/format.ts';

/** What an algorithm says of a number; of one that it does not know, as of a later version, the name as words. */
export function findMetric(
  metrics: Readonly<Record<string, MetricInfo>>,
  name: string,
): MetricInfo {
  if (Object.hasOwn(metrics, name)) return metrics[name]!;
  const title = name.replace(
    /([a-z])([A-Z])/g,
    (_, before, after) => `${before} ${after.toLowerCase()}`,
  );
  return { unit: '', title, description: '' };
}

/** The unit of fractions from 0 to 1, which readers see as percentages. */
export const SHARE = 'share';

/** What values are multiplied by for an axis, and the axis's label. */
export function measureScale(unit: string): { factor: number; label: string } {
  return unit === SHARE ? { factor: 100, label: '%' } : { factor: 1, label: unit || 'no unit' };
}

/** A value in its unit: percentages of shares, digits as is usual of others. */
export function formatMeasure(
  value: number | null | undefined,
  { unit }: Pick<MetricInfo, 'unit'>,
) {
  return unit === SHARE ? formatPercent(value) : formatNumber(value);
}
