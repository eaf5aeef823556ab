// Predictors that know frequencies over all sequences, and nothing about the current one.

import type { Predictor } from '../../worlds/predictor.ts';
import { isDelimiter, maskTargets } from '../../worlds/world.ts';
import type { GateWorld } from './gate-world.ts';

/**
 * Frequencies of tokens over the targets of training sequences, one count added to each token. A delimiter, whose place is
 * known, has probability 1 and is not counted.
 */
export function createUnigramPredictor(
  world: GateWorld,
  training: readonly Int32Array[],
): Predictor {
  const probabilities = unigramProbabilities(world, training);
  let position = 0;
  return {
    reset: () => {
      position = 0;
    },
    logProbability: (token) => (isDelimiter(world, position) ? 0 : Math.log(probabilities[token]!)),
    observe: () => {
      position += 1;
    },
  };
}

/**
 * Gives the token at the same place a frame before the share of training targets that repeat theirs (one of either added),
 * and the rest to the frequencies of tokens.
 */
export function createCopyPredictor(world: GateWorld, training: readonly Int32Array[]): Predictor {
  const probabilities = unigramProbabilities(world, training);
  const share = copyShare(world, training);
  const { frameLength } = world;
  const frame = new Int32Array(frameLength);
  let position = 0;
  return {
    reset: () => {
      position = 0;
    },
    logProbability(token) {
      if (isDelimiter(world, position)) return 0;
      if (position < frameLength) return Math.log(probabilities[token]!);
      const copied = frame[position % frameLength] === token;
      return Math.log((copied ? share : 0) + (1 - share) * probabilities[token]!);
    },
    observe(token) {
      frame[position % frameLength] = token;
      position += 1;
    },
  };
}

function forEachCounted(
  world: GateWorld,
  training: readonly Int32Array[],
  visit: (tokens: Int32Array, t: number) => void,
): void {
  for (const tokens of training) {
    const counts = maskTargets(world, tokens);
    for (let t = world.firstTarget; t < tokens.length; t++) {
      if (counts[t] === 1 && !isDelimiter(world, t)) visit(tokens, t);
    }
  }
}

function unigramProbabilities(world: GateWorld, training: readonly Int32Array[]): Float64Array {
  const counts = new Float64Array(world.vocabSize).fill(1);
  if (world.frame) {
    counts[world.frame.delimiters.start] = 0;
    counts[world.frame.delimiters.end] = 0;
  }
  forEachCounted(world, training, (tokens, t) => {
    counts[tokens[t]!]! += 1;
  });
  const total = counts.reduce((a, b) => a + b, 0);
  return counts.map((count) => count / total);
}

function copyShare(world: GateWorld, training: readonly Int32Array[]): number {
  let [repeated, total] = [1, 2];
  forEachCounted(world, training, (tokens, t) => {
    repeated += Number(tokens[t] === tokens[t - world.frameLength]);
    total += 1;
  });
  return repeated / total;
}
