// Numbered simulations under random rules, for inspecting and drawing worlds.

import { foldIn, type Key } from '../../core/index.ts';
import { SECOND_ROLLOUT } from '../world.ts';
import { RATIO_FRAMES } from './gzip-size.ts';
import { createNcaKernel } from './kernel.ts';
import type { NcaOptions } from './options.ts';
import type { NcaStates } from './rollout.ts';

/** Edges between the six bands that shares of random rules are given for. */
export const RATIO_EDGES = [0.1, 0.2, 0.3, 0.4, 0.5] as const;

/** Simulations under random rules. */
export type RandomRules = {
  /**
   * `frames` frames, at most `maxFrames`, under random rule number `index`: the first simulation that
   * `drawSequence(world, key, index)` draws in a world with fresh rules, whether or not it passes that world's filter.
   * Fewer frames are the first of more.
   */
  simulate(index: number, frames: number): NcaStates;
  /** The gzip ratio of the same simulation. */
  measureRatio(index: number): number;
  /** Counts compressed bytes, for `measureNcaRatio`. */
  gzipSize(tokens: Int32Array): number;
  /** The same rule from another initial state: what is trained on where the first simulation judges the rule. */
  simulateAgain(index: number, frames: number): NcaStates;
};

/** Random rules of the world of these options, numbered under `key`. */
export function createRandomRules(options: NcaOptions, key: Key, maxFrames: number): RandomRules {
  const most = Math.max(maxFrames, RATIO_FRAMES);
  const kernel = createNcaKernel(options, { bounds: null, maxFrames: most });
  const run = (index: number, frames: number, rollout = 'rollout') => {
    const attemptKey = foldIn(foldIn(key, index), 0);
    kernel.simulate(foldIn(attemptKey, 'rule'), foldIn(attemptKey, rollout), frames);
  };
  return {
    simulate: (index, frames) => {
      run(index, frames);
      return kernel.states();
    },
    measureRatio: (index) => {
      run(index, RATIO_FRAMES);
      return kernel.ratio();
    },
    gzipSize: kernel.gzipSize,
    simulateAgain: (index, frames) => {
      run(index, frames, SECOND_ROLLOUT);
      return kernel.states();
    },
  };
}

/** The first `frames` frames of a simulation that has at least as many. */
export function takeFrames(states: NcaStates, frames: number): NcaStates {
  const { grid, cells } = states;
  return { grid, frames, cells: cells.subarray(0, frames * grid * grid) };
}
