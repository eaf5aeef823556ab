// Selective copying: symbols among blanks, to be named in their order.

import { z } from 'zod';
import { foldIn, type Key, permutation } from '../../core/index.ts';
import { checkInteger, fillOptions, refuseOption } from '../check-options.ts';
import { count } from '../count.ts';
import { defineWorld } from '../define-world.ts';
import { createTaskWorld, maskWhere, type TaskWorld } from './task-world.ts';
import { uniformTokens } from './uniform-tokens.ts';

const options = z.strictObject({
  symbols: count.default(8).describe('Number of different symbols.'),
  items: count.default(4).describe('Symbols per sequence that are to be predicted.'),
});

type SelectiveCopyOptions = z.output<typeof options> & {
  /** Tokens in a sequence: n + items + 1 where the items lie among n tokens. */
  readonly sequenceLength: number;
};

const DEFAULTS: SelectiveCopyOptions = { ...options.parse({}), sequenceLength: 33 };

/**
 * `items` uniform symbols 0..`symbols` − 1 at places drawn without repetition, blanks (token `symbols`) at the others, a
 * marker (token `symbols` + 1), and the symbols in their order, which are the targets.
 *
 * @throws UserError for wrong options
 */
export function createSelectiveCopyWorld(
  given: Partial<SelectiveCopyOptions> = {},
): TaskWorld<SelectiveCopyOptions> {
  const options = fillOptions('selective-copy', DEFAULTS, given);
  const { symbols, items, sequenceLength } = options;
  checkInteger('selective-copy', 'symbols', symbols, 2, 2 ** 16);
  checkInteger('selective-copy', 'items', items, 1, 2 ** 16);
  checkInteger('selective-copy', 'sequenceLength', sequenceLength, 3, 2 ** 31);
  if (sequenceLength < 2 * items + 1) {
    refuseOption(
      'selective-copy',
      `${sequenceLength} tokens have no room for ${items} symbols, a marker, and the symbols again`,
      'use a longer sequence, or fewer items',
    );
  }
  const marker = sequenceLength - items - 1;
  return createTaskWorld({
    name: 'selective-copy',
    description: `selective copy: ${items} of ${symbols} symbols among ${marker} places`,
    options,
    vocabSize: symbols + 2,
    learnable: 'fixed',
    freshRules: false,
    firstTarget: marker + 1,
    sample: () => null,
    draw: (_, key) => drawItems(options, key),
    targets: (tokens) => maskWhere(tokens.length, (t) => t > marker),
  });
}

/** Selective copy as a kind. */
export const selectiveCopy = defineWorld({
  kind: 'selective-copy',
  source: 'Gu and Dao 2023, arXiv 2312.00752; Jing et al. 2019, arXiv 1706.02761',
  description:
    'Symbols at random positions among blanks, to be predicted in their order at the end.',
  contextLength: 32,
  options,
  create: (given, { sequenceLength }) => createSelectiveCopyWorld({ ...given, sequenceLength }),
});

function drawItems({ symbols, items, sequenceLength }: SelectiveCopyOptions, key: Key): Int32Array {
  const marker = sequenceLength - items - 1;
  const drawn = uniformTokens(foldIn(key, 'symbols'), items, symbols);
  const places = permutation(foldIn(key, 'places'), marker).subarray(0, items).sort();
  const tokens = new Int32Array(sequenceLength).fill(symbols);
  tokens[marker] = symbols + 1;
  drawn.forEach((symbol, i) => {
    tokens[places[i]!] = symbol;
    tokens[marker + 1 + i] = symbol;
  });
  return tokens;
}
