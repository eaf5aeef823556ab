// Simulations under random rules, numbered: what is looked at when a world is inspected or drawn.

import { foldIn, type Key } from '../../core/index.ts';
import { measureNcaRatio, RATIO_FRAMES } from './gzip-size.ts';
import type { NcaOptions } from './options.ts';
import { type NcaStates, rolloutNca } from './rollout.ts';
import { sampleNcaRule } from './rule.ts';

/** Edges between the six bands that shares of random rules are given for. */
export const RATIO_EDGES = [0.1, 0.2, 0.3, 0.4, 0.5] as const;

/**
 * `frames` frames under random rule number `index`: the first simulation that `drawSequence(world, key, index)` draws
 * in a world with fresh rules, whether or not it passes that world's filter. Fewer frames are the first of more.
 */
export function simulateRandomRule(
  options: NcaOptions,
  key: Key,
  index: number,
  frames: number,
): NcaStates {
  const attemptKey = foldIn(foldIn(key, index), 0);
  const rule = sampleNcaRule(options, foldIn(attemptKey, 'rule'));
  return rolloutNca(options, rule, foldIn(attemptKey, 'rollout'), frames);
}

/** The gzip ratio of random rule number `index`. */
export function measureRandomRule(options: NcaOptions, key: Key, index: number): number {
  return measureNcaRatio(options, simulateRandomRule(options, key, index, RATIO_FRAMES));
}

/** The first `frames` frames of a simulation that has at least as many. */
export function takeFrames(states: NcaStates, frames: number): NcaStates {
  const { grid, cells } = states;
  return { grid, frames, cells: cells.subarray(0, frames * grid * grid) };
}
