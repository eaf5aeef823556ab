// Reversed copy: a string, a delimiter, and the string backwards.

import { z } from 'zod';
import { foldIn, type Key } from '../../core/index.ts';
import { checkInteger, fillOptions, refuseOption } from '../check-options.ts';
import { count } from '../count.ts';
import { defineWorld } from '../define-world.ts';
import { createTaskWorld, maskWhere, type TaskWorld } from './task-world.ts';
import { uniformTokens } from './uniform-tokens.ts';

const options = z.strictObject({
  symbols: count.default(8).describe('Number of different symbols.'),
});

export type CopyOptions = z.output<typeof options> & {
  /** Tokens in a sequence: 2n + 1 for a string of n. */
  readonly sequenceLength: number;
};

export const COPY_DEFAULTS: CopyOptions = {
  ...options.parse({}),
  sequenceLength: 33,
};

/**
 * n uniform symbols 0..`symbols` − 1, a delimiter (token `symbols`), and the same symbols from the last to the first,
 * which are the targets.
 *
 * @throws UserError for wrong options
 */
export function createCopyWorld(given: Partial<CopyOptions> = {}): TaskWorld<CopyOptions> {
  const options = fillOptions('copy', COPY_DEFAULTS, given);
  const { symbols, sequenceLength } = options;
  checkInteger('copy', 'symbols', symbols, 2, 2 ** 16);
  checkInteger('copy', 'sequenceLength', sequenceLength, 3, 2 ** 31);
  if (sequenceLength % 2 === 0) {
    refuseOption(
      'copy',
      `sequenceLength is ${sequenceLength}`,
      'use an odd one: a string, a delimiter, a string (a model reads one token less)',
    );
  }
  const half = (sequenceLength - 1) / 2;
  return createTaskWorld({
    name: 'copy',
    description: `copy: ${half} of ${symbols} symbols, backwards`,
    options,
    vocabSize: symbols + 1,
    learnable: 'fixed',
    freshRules: false,
    firstTarget: half + 1,
    sample: () => null,
    draw: (_, key) => drawCopy(options, key),
    targets: (tokens) => maskWhere(tokens.length, (t) => t > half),
  });
}

/** Reversed copy as a kind. */
export const copy = defineWorld({
  kind: 'copy',
  source: 'arXiv 2606.06479',
  description: 'A string, a delimiter, then the string in reverse, which is to be predicted.',
  contextLength: 32,
  options,
  create: (given, { sequenceLength }) => createCopyWorld({ ...given, sequenceLength }),
});

function drawCopy({ symbols, sequenceLength }: CopyOptions, key: Key): Int32Array {
  const tokens = uniformTokens(foldIn(key, 'symbols'), sequenceLength, symbols);
  const half = (sequenceLength - 1) / 2;
  tokens[half] = symbols;
  for (let t = half + 1; t < sequenceLength; t++) tokens[t] = tokens[sequenceLength - 1 - t]!;
  return tokens;
}
