// What pictures of rollouts say in words, in every format alike.

import type { NcaBandExamples, RatioBounds } from '../worlds/nca/index.ts';

/** "below 0.1", "0.1 to 0.2", "above 0.5" */
export function describeBand({ low, high }: RatioBounds): string {
  const [from, to] = [low, high].map((ratio) => `${Number(ratio.toFixed(3))}`);
  if (low <= 0) return high === Number.POSITIVE_INFINITY ? 'all' : `below ${to}`;
  return high === Number.POSITIVE_INFINITY ? `above ${from}` : `${from} to ${to}`;
}

export function describeEmptyBand(drawn: number): string {
  return `no rule of ${drawn} reached this band`;
}

/** The world and the seed: with the bands, what it takes to draw the same again. */
export function worldFacts({ options, seed }: NcaBandExamples): string[] {
  return [
    `${options.colors} colors`,
    `grid ${options.grid}`,
    `patch ${options.patch}`,
    `temperature ${options.temperature}`,
    `burn-in ${options.burnIn}`,
    `dt ${options.dt}`,
    `seed ${seed}`,
  ];
}

export function describeWorld(examples: NcaBandExamples): string {
  return worldFacts(examples).join(', ');
}
