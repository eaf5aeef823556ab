// Lists of seeds on the command line.

import { InvalidArgumentError } from 'commander';

/** `0,1,2` or `0-4`, or both mixed. */
export function parseSeeds(value: string): number[] {
  const seeds = value.split(',').flatMap((part) => {
    const range = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    const first = Number(range?.[1]);
    const last = Number(range?.[2] ?? range?.[1]);
    if (!range || last < first || last - first >= 10_000) {
      throw new InvalidArgumentError('seeds are whole numbers: 0,1,2 or 0-4.');
    }
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return [...new Set(seeds)];
}
