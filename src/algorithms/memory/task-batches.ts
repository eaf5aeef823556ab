// Sequences of a world as weighted batches.

import type { Key } from '../../core/index.ts';
import type { TokenBatch } from '../../text/batches.ts';
import { type AnyWorld, drawTokens, maskTargets } from '../../worlds/world.ts';

/** Number of inputs of a sequence of the world: one less than its tokens. */
export function inputsOf(world: AnyWorld): number {
  return world.sequenceLength - 1;
}

/** Sequences as inputs, targets and weights, each `[count, time]`; tokens `[time + 1]` each. */
export function batchSequences(
  world: Pick<AnyWorld, 'targets' | 'firstTarget'>,
  sequences: readonly Int32Array[],
): TokenBatch {
  const time = sequences[0]!.length - 1;
  const inputs = new Int32Array(sequences.length * time);
  const targets = new Int32Array(sequences.length * time);
  const weights = new Float32Array(sequences.length * time);
  sequences.forEach((tokens, row) => {
    inputs.set(tokens.subarray(0, time), row * time);
    targets.set(tokens.subarray(1), row * time);
    weights.set(maskTargets(world, tokens).subarray(1), row * time);
  });
  return { inputs, targets, weights };
}

/** Batch number `step` of a world's sequences: a pure function of key and step. */
export function drawBatch(world: AnyWorld, key: Key, step: number, batchSize: number): TokenBatch {
  const first = step * batchSize;
  return batchSequences(
    world,
    Array.from({ length: batchSize }, (_, i) => drawTokens(world, key, first + i)),
  );
}
