// Means by frame of values measured on targets.

import { isDelimiter, maskTargets } from '../../worlds/world.ts';
import type { GateWorld } from './gate-world.ts';

/** Number of the first frame that has targets, where lists by frame begin. */
export function firstFrame({ firstTarget, frameLength }: GateWorld): number {
  return Math.floor(firstTarget / frameLength);
}

/**
 * Mean by frame (by chunk where there are no frames) over the targets that count, delimiters left out; null for a frame
 * without any.
 *
 * @param values by sequence, of targets firstTarget, firstTarget + 1, ...
 */
export function meanByFrame(
  world: GateWorld,
  sequences: readonly Int32Array[],
  values: readonly ArrayLike<number>[],
): (number | null)[] {
  const { firstTarget, frameLength } = world;
  const first = firstFrame(world);
  // A sequence may end with the delimiter of a frame that it has no cell of.
  let end = world.sequenceLength;
  while (end > firstTarget && isDelimiter(world, end - 1)) end -= 1;
  const frames = Math.ceil(end / frameLength) - first;
  const sums = new Float64Array(frames);
  const counts = new Float64Array(frames);
  sequences.forEach((tokens, s) => {
    const mask = maskTargets(world, tokens);
    for (let t = firstTarget; t < tokens.length; t++) {
      if (mask[t] !== 1 || isDelimiter(world, t)) continue;
      const frame = Math.floor(t / frameLength) - first;
      sums[frame]! += values[s]![t - firstTarget]!;
      counts[frame]! += 1;
    }
  });
  return Array.from(sums, (sum, i) => (counts[i] === 0 ? null : sum / counts[i]!));
}

/**
 * Nats per target of each sequence that has targets: the mean over counted targets, where delimiters have loss 0. The omitted
 * sequences depend on the data only, so the means of several models belong to the same sequences.
 */
export function meanBySequence(
  world: GateWorld,
  sequences: readonly Int32Array[],
  losses: readonly ArrayLike<number>[],
): number[] {
  return sequences.flatMap((tokens, s) => {
    const mask = maskTargets(world, tokens);
    let [sum, count] = [0, 0];
    for (let t = world.firstTarget; t < tokens.length; t++) {
      if (mask[t] !== 1) continue;
      count += 1;
      if (!isDelimiter(world, t)) sum += losses[s]![t - world.firstTarget]!;
    }
    return count === 0 ? [] : [sum / count];
  });
}
