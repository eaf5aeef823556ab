// Means of a study in words, with the number of missing seeds.

import type { CellMean, SpeedUp } from './compare-runs.ts';

/** `3.21`, or where some seeds have no value `3.21 (2 of 3 seeds)`; a dash where none has. */
export function wordMean(
  found: CellMean | null | undefined,
  write: (mean: number) => string,
): string {
  return found ? `${write(found.mean)}${countSeeds(found.values.length, found.of)}` : '–';
}

/** `1.25×`, or why there is none: `at once`, `not reached (1 of 3 seeds)`. */
export function wordSpeedUp(found: SpeedUp | null): string {
  if (found === null) return '–';
  if (!('reason' in found)) return `${found.mean.toFixed(2)}×`;
  const { reason, seeds, of } = found;
  return `${reason === 'never' ? 'not reached' : reason}${countSeeds(seeds, of)}`;
}

function countSeeds(seeds: number, of: number): string {
  return seeds === of ? '' : ` (${seeds} of ${of} seeds)`;
}
