// Associative recall: pairs of a key and a value, then a key, whose value is asked for.

import { z } from 'zod';
import { foldIn, type Key, permutation, randomInt } from '../../core/index.ts';
import { checkInteger, fillOptions, refuseOption } from '../check-options.ts';
import { count } from '../count.ts';
import { defineWorld } from '../define-world.ts';
import { createTaskWorld, maskWhere, type TaskWorld } from './task-world.ts';
import { uniformTokens } from './uniform-tokens.ts';

const options = z.strictObject({
  keys: count.default(32).describe('Number of different keys; a sequence has each at most once.'),
  values: count.default(16).describe('Number of different values.'),
});

export type RecallOptions = z.output<typeof options> & {
  /** Tokens in a sequence: 2n + 3 for n pairs. */
  readonly sequenceLength: number;
};

export const RECALL_DEFAULTS: RecallOptions = {
  ...options.parse({}),
  sequenceLength: 33,
};

/**
 * n pairs of a key (token 0..`keys` − 1, no two alike) and a value (`keys`..`keys` + `values` − 1, uniform), a query
 * (token `keys` + `values`), one of the keys, and its value: the one target.
 *
 * @throws UserError for wrong options
 */
export function createRecallWorld(given: Partial<RecallOptions> = {}): TaskWorld<RecallOptions> {
  const options = fillOptions('recall', RECALL_DEFAULTS, given);
  const { keys, values, sequenceLength } = options;
  checkInteger('recall', 'keys', keys, 1, 2 ** 16);
  checkInteger('recall', 'values', values, 2, 2 ** 16);
  checkInteger('recall', 'sequenceLength', sequenceLength, 5, 2 ** 31);
  const pairs = (sequenceLength - 3) / 2;
  if (!Number.isInteger(pairs) || pairs > keys) {
    refuseOption(
      'recall',
      `${sequenceLength} tokens are ${pairs} pairs of ${keys} keys`,
      'use an odd sequenceLength (a model reads one token less), and as many keys as pairs',
    );
  }
  return createTaskWorld({
    name: 'recall',
    description: `recall: ${pairs} pairs of ${keys} keys and ${values} values`,
    options,
    vocabSize: keys + values + 1,
    learnable: 'fixed',
    freshRules: false,
    firstTarget: sequenceLength - 1,
    sample: () => null,
    draw: (_, key) => drawPairs(options, key),
    targets: (tokens) => maskWhere(tokens.length, (t) => t === sequenceLength - 1),
  });
}

/** Associative recall as a kind. */
export const recall = defineWorld({
  kind: 'recall',
  source: 'arXiv 2606.06479',
  description: 'Pairs of a key and a value, then one of the keys, whose value is to be predicted.',
  contextLength: 32,
  options,
  create: (given, { sequenceLength }) => createRecallWorld({ ...given, sequenceLength }),
});

function drawPairs({ keys, values, sequenceLength }: RecallOptions, key: Key): Int32Array {
  const pairs = (sequenceLength - 3) / 2;
  const chosen = permutation(foldIn(key, 'keys'), keys);
  const tokens = uniformTokens(foldIn(key, 'values'), sequenceLength, values);
  for (let i = 0; i < pairs; i++) {
    tokens[2 * i] = chosen[i]!;
    tokens[2 * i + 1]! += keys;
  }
  const asked = randomInt(foldIn(key, 'query'), pairs);
  tokens[sequenceLength - 3] = keys + values;
  tokens[sequenceLength - 2] = tokens[2 * asked]!;
  tokens[sequenceLength - 1] = tokens[2 * asked + 1]!;
  return tokens;
}
