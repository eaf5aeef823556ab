// Parity: whether a string of bits has an odd number of ones.

import { z } from 'zod';
import { checkInteger, fillOptions } from '../check-options.ts';
import { defineWorld } from '../define-world.ts';
import { createTaskWorld, maskWhere, type TaskWorld } from './task-world.ts';
import { uniformTokens } from './uniform-tokens.ts';

export type ParityOptions = {
  /** Tokens in a sequence: bits, a query, an answer. */
  readonly sequenceLength: number;
};

export const PARITY_DEFAULTS: ParityOptions = { sequenceLength: 18 };

const QUERY = 2;
const EVEN = 3;

/**
 * Uniform bits (tokens 0 and 1), a query (token 2), and the parity of the ones: token 3 for even, 4 for odd, the one
 * target. Chance is one half, and no bit less than all of them tells more.
 *
 * @throws UserError for wrong options
 */
export function createParityWorld(given: Partial<ParityOptions> = {}): TaskWorld<ParityOptions> {
  const options = fillOptions('parity', PARITY_DEFAULTS, given);
  const { sequenceLength } = options;
  checkInteger('parity', 'sequenceLength', sequenceLength, 3, 2 ** 31);
  return createTaskWorld({
    name: 'parity',
    description: `parity: ${sequenceLength - 2} bits`,
    options,
    vocabSize: 5,
    learnable: 'fixed',
    freshRules: false,
    firstTarget: sequenceLength - 1,
    sample: () => null,
    draw: (_, key) => {
      const tokens = uniformTokens(key, sequenceLength, 2);
      let ones = 0;
      for (let t = 0; t < sequenceLength - 2; t++) ones += tokens[t]!;
      tokens[sequenceLength - 2] = QUERY;
      tokens[sequenceLength - 1] = EVEN + (ones % 2);
      return tokens;
    },
    targets: (tokens) => maskWhere(tokens.length, (t) => tokens[t]! >= EVEN),
  });
}

/** Parity as a kind. */
export const parity = defineWorld({
  kind: 'parity',
  source: 'arXiv 2606.06479',
  description:
    'A string of bits, then whether it has an odd number of ones, which is to be predicted.',
  contextLength: 32,
  options: z.strictObject({}),
  create: (_, { sequenceLength }) => createParityWorld({ sequenceLength }),
});
