// Tokens that a recurrent network writes, at a constant cost a token: all that it knows of them is its memory.

import type { Rollout } from '../algorithms/index.ts';
import { foldIn, type Key } from '../core/index.ts';
import { checkSampling, type SamplingOptions, sampleToken } from '../eval/index.ts';

export type SampleOptions = SamplingOptions & {
  /** Tokens to begin with, at least one. */
  readonly prompt: ArrayLike<number>;
  /** Tokens to write after the prompt. */
  readonly count: number;
  /** Token number i is drawn with a key of its own: a longer sample begins as a shorter one. */
  readonly key: Key;
};

/** Continues a prompt. The rollout is of one sequence. Throws UserError for sampling options out of range. */
export async function sampleTokens(rollout: Rollout, options: SampleOptions): Promise<number[]> {
  checkSampling(options);
  let memory = await rollout.start();
  for (const token of Array.from(options.prompt)) {
    memory = await rollout.advance(memory, Int32Array.of(token));
  }
  const made: number[] = [];
  for (let i = 0; i < options.count; i++) {
    const token = sampleToken(await rollout.logits(memory), options, foldIn(options.key, i));
    made.push(token);
    if (i + 1 < options.count) memory = await rollout.advance(memory, Int32Array.of(token));
  }
  return made;
}
