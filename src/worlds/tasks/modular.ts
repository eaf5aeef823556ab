// Modular arithmetic in context: a line modulo V, drawn for each sequence, to be inferred from its points.

import { z } from 'zod';
import { foldIn, randomInt } from '../../core/index.ts';
import { checkInteger, fillOptions, refuseOption } from '../check-options.ts';
import { count } from '../count.ts';
import { defineWorld } from '../define-world.ts';
import { createTaskWorld, maskWhere, type TaskWorld } from './task-world.ts';
import { uniformTokens } from './uniform-tokens.ts';

const options = z.strictObject({
  modulus: count
    .default(7)
    .describe('V: numbers are 0 to V − 1. If V is prime, two different points determine the line.'),
});

export type ModularOptions = z.output<typeof options> & {
  /** Tokens in a sequence: 2n for n points. */
  readonly sequenceLength: number;
};

export const MODULAR_DEFAULTS: ModularOptions = {
  ...options.parse({}),
  sequenceLength: 32,
};

/** y = (slope · x + offset) mod V; the slope is not 0. */
export type ModularRule = { readonly slope: number; readonly offset: number };

/**
 * Points (x, y) of one line per sequence: x uniform (token x), y after it (token V + y). Every y counts but the first two,
 * before which nothing tells the line.
 *
 * @throws UserError for wrong options
 */
export function createModularWorld(
  given: Partial<ModularOptions> = {},
): TaskWorld<ModularOptions, ModularRule> {
  const options = fillOptions('modular', MODULAR_DEFAULTS, given);
  const { modulus, sequenceLength } = options;
  checkInteger('modular', 'modulus', modulus, 2, 2 ** 15);
  checkInteger('modular', 'sequenceLength', sequenceLength, 6, 2 ** 31);
  if (sequenceLength % 2 !== 0) {
    refuseOption(
      'modular',
      `sequenceLength is ${sequenceLength}`,
      'use an even one: x and y in turn',
    );
  }
  return createTaskWorld({
    name: 'modular',
    description: `modular: y = w x + b modulo ${modulus}, ${sequenceLength / 2} points`,
    options,
    vocabSize: 2 * modulus,
    learnable: 'in-context',
    freshRules: false,
    firstTarget: 5,
    sample: (key) => ({
      slope: 1 + randomInt(foldIn(key, 'slope'), modulus - 1),
      offset: randomInt(foldIn(key, 'offset'), modulus),
    }),
    draw: ({ slope, offset }, key) => {
      const tokens = uniformTokens(key, sequenceLength, modulus);
      for (let t = 1; t < sequenceLength; t += 2) {
        tokens[t] = modulus + ((slope * tokens[t - 1]! + offset) % modulus);
      }
      return tokens;
    },
    targets: (tokens) => maskWhere(tokens.length, (t) => t >= 5 && t % 2 === 1),
  });
}

/** Modular arithmetic as a kind. */
export const modular = defineWorld({
  kind: 'modular',
  source: 'arXiv 2606.06479',
  description:
    'Points on a line modulo V; each sequence has a line of its own, to be inferred from them.',
  contextLength: 31,
  options,
  create: (given, { sequenceLength }) => createModularWorld({ ...given, sequenceLength }),
});
