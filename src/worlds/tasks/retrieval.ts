// Retrieval ("needle"): remember one marked token of the first half until it is asked for at the end.

import { z } from 'zod';
import { foldIn, type Key, randomInt } from '../../core/index.ts';
import { checkInteger, fillOptions } from '../check-options.ts';
import { count } from '../count.ts';
import { defineWorld } from '../define-world.ts';
import { createTaskWorld, maskWhere, type TaskWorld } from './task-world.ts';
import { uniformTokens } from './uniform-tokens.ts';

const options = z.strictObject({
  symbols: count
    .default(16)
    .describe('Number of different symbols; the accuracy of guessing is 1 / symbols.'),
});

export type RetrievalOptions = z.output<typeof options> & {
  /** Tokens in a sequence. */
  readonly sequenceLength: number;
};

export const RETRIEVAL_DEFAULTS: RetrievalOptions = {
  ...options.parse({}),
  sequenceLength: 64,
};

/**
 * Uniform symbols 0..`symbols` − 1; somewhere in the first half a marker (token `symbols`) with the needle, a symbol,
 * after it; a query (token `symbols` + 1) last but one, and the needle again last: the one target.
 *
 * @throws UserError for wrong options
 */
export function createRetrievalWorld(
  given: Partial<RetrievalOptions> = {},
): TaskWorld<RetrievalOptions> {
  const options = fillOptions('retrieval', RETRIEVAL_DEFAULTS, given);
  const { symbols, sequenceLength } = options;
  checkInteger('retrieval', 'symbols', symbols, 2, 2 ** 16);
  checkInteger('retrieval', 'sequenceLength', sequenceLength, 4, 2 ** 31);
  return createTaskWorld({
    name: 'retrieval',
    description: `retrieval: one of ${symbols} symbols, marked in the first half of ${sequenceLength} tokens`,
    options,
    vocabSize: symbols + 2,
    learnable: 'fixed',
    freshRules: false,
    firstTarget: sequenceLength - 1,
    sample: () => null,
    draw: (_, key) => drawNeedle(options, key),
    targets: (tokens) => maskWhere(tokens.length, (t) => t > 0 && tokens[t - 1] === symbols + 1),
  });
}

/** Retrieval as a kind. */
export const retrieval = defineWorld({
  kind: 'retrieval',
  source: 'arXiv 2606.06479',
  description: 'One token of the first half is marked; it is to be predicted at the end.',
  contextLength: 32,
  options,
  create: (given, { sequenceLength }) => createRetrievalWorld({ ...given, sequenceLength }),
});

function drawNeedle({ symbols, sequenceLength }: RetrievalOptions, key: Key): Int32Array {
  const tokens = uniformTokens(foldIn(key, 'symbols'), sequenceLength, symbols);
  // Marker and needle lie both before the middle.
  const places = Math.max(1, Math.floor(sequenceLength / 2) - 1);
  const marker = randomInt(foldIn(key, 'place'), places);
  tokens[marker] = symbols;
  tokens[sequenceLength - 2] = symbols + 1;
  tokens[sequenceLength - 1] = tokens[marker + 1]!;
  return tokens;
}
