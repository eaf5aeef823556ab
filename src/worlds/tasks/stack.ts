// A stack: symbols are pushed and popped, and what a pop takes off is to be named.

import { z } from 'zod';
import { foldIn, type Key, threefry } from '../../core/index.ts';
import { checkInteger, fillOptions } from '../check-options.ts';
import { count } from '../count.ts';
import { defineWorld } from '../define-world.ts';
import { createTaskWorld, maskWhere, type TaskWorld } from './task-world.ts';

const options = z.strictObject({
  symbols: count.default(4).describe('Number of different symbols.'),
  maxDepth: count.default(10).describe('Largest depth of the stack.'),
});

export type StackOptions = z.output<typeof options> & {
  /** Tokens in a sequence. */
  readonly sequenceLength: number;
};

export const STACK_DEFAULTS: StackOptions = {
  ...options.parse({}),
  sequenceLength: 64,
};

/**
 * Token s pushes symbol s; token `symbols` pops, and the token after it, `symbols` + 1 + s, names the symbol that came
 * off: the targets. On an empty stack a push follows, on a full one a pop, else either with probability one half. A pop
 * at the end of a sequence has no answer.
 *
 * @throws UserError for wrong options
 */
export function createStackWorld(given: Partial<StackOptions> = {}): TaskWorld<StackOptions> {
  const options = fillOptions('stack', STACK_DEFAULTS, given);
  const { symbols, maxDepth, sequenceLength } = options;
  checkInteger('stack', 'symbols', symbols, 2, 2 ** 16);
  checkInteger('stack', 'maxDepth', maxDepth, 1, 2 ** 16);
  checkInteger('stack', 'sequenceLength', sequenceLength, 3, 2 ** 31);
  return createTaskWorld({
    name: 'stack',
    description: `stack: ${symbols} symbols, depth up to ${maxDepth}`,
    options,
    vocabSize: 2 * symbols + 1,
    learnable: 'fixed',
    freshRules: false,
    firstTarget: 2,
    sample: () => null,
    draw: (_, key) => drawOperations(options, key),
    targets: (tokens) => maskWhere(tokens.length, (t) => tokens[t]! > symbols),
  });
}

/** The stack task as a kind. */
export const stack = defineWorld({
  kind: 'stack',
  source: 'arXiv 2606.06479',
  description: 'Symbols are pushed onto a stack and popped; each popped symbol is to be predicted.',
  contextLength: 32,
  options,
  create: (given, { sequenceLength }) => createStackWorld({ ...given, sequenceLength }),
});

function drawOperations(options: StackOptions, key: Key): Int32Array {
  const { symbols, maxDepth, sequenceLength } = options;
  const operations = foldIn(key, 'operations');
  const tokens = new Int32Array(sequenceLength);
  const words = new Uint32Array(2);
  const stack: number[] = [];
  for (let t = 0; t < sequenceLength; t++) {
    threefry(operations, t, 0, words);
    const pushes = stack.length === 0 || (stack.length < maxDepth && words[0]! < 2 ** 31);
    if (pushes) {
      const symbol = Math.floor(words[1]! * 2 ** -32 * symbols);
      stack.push(symbol);
      tokens[t] = symbol;
      continue;
    }
    tokens[t++] = symbols;
    if (t < sequenceLength) tokens[t] = symbols + 1 + stack.pop()!;
  }
  return tokens;
}
