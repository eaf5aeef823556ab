// Windows of a text, byte by byte.

import { type Key, randomInt, UserError } from '../../core/index.ts';
import { checkInteger, fillOptions } from '../check-options.ts';
import { createTaskWorld, type TaskWorld } from './task-world.ts';

export type CharactersOptions = { readonly sequenceLength: number };

export const CHARACTERS_DEFAULTS: CharactersOptions = { sequenceLength: 129 };

/**
 * Sequences are windows of the text from a place drawn uniformly; a token is a byte, 0..255. Every token but the first
 * is a target. For held-out sequences make a second world of another part of the text.
 *
 * @throws UserError for wrong options, or a text shorter than a sequence
 */
export function createCharactersWorld(
  text: Uint8Array,
  given: Partial<CharactersOptions> = {},
): TaskWorld<CharactersOptions> {
  const options = fillOptions('characters', CHARACTERS_DEFAULTS, given);
  const { sequenceLength } = options;
  checkInteger('characters', 'sequenceLength', sequenceLength, 2, 2 ** 31);
  if (text.length < sequenceLength) {
    throw new UserError(
      `characters: a text of ${text.length} bytes is shorter than a sequence of ${sequenceLength}`,
      { hint: 'give a longer text, or choose a shorter sequenceLength' },
    );
  }
  return createTaskWorld({
    name: 'characters',
    description: `characters: windows of ${sequenceLength} bytes of a text of ${text.length}`,
    options,
    vocabSize: 256,
    learnable: 'fixed',
    freshRules: false,
    firstTarget: 1,
    sample: () => null,
    draw: (_, key: Key) => {
      const start = randomInt(key, text.length - sequenceLength + 1);
      return Int32Array.from(text.subarray(start, start + sequenceLength));
    },
  });
}
