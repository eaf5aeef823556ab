// Losses of a predictor on sequences.

import type { Predictor } from '../../worlds/predictor.ts';
import { maskTargets } from '../../worlds/world.ts';
import type { GateWorld } from './gate-world.ts';

/**
 * Nats of each token from `firstTarget` on, an array per sequence; 0 where a token is not a target that counts.
 */
export function scoreSequences(
  world: Pick<GateWorld, 'firstTarget' | 'targets'>,
  predictor: Predictor,
  sequences: readonly Int32Array[],
): Float64Array[] {
  return sequences.map((tokens) => {
    const counts = maskTargets(world, tokens);
    const losses = new Float64Array(tokens.length - world.firstTarget);
    predictor.reset();
    tokens.forEach((token, t) => {
      // The loss of a certainty is 0, not −0.
      if (counts[t] === 1) losses[t - world.firstTarget] = 0 - predictor.logProbability(token);
      predictor.observe(token);
    });
    return losses;
  });
}
