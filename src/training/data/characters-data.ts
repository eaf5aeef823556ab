// Windows of a text, byte by byte, as training data.

import path from 'node:path';
import { z } from 'zod';
import { createByteTokenizer } from '../../text/index.ts';
import { CHARACTERS_DEFAULTS, createCharactersWorld } from '../../worlds/index.ts';
import { corpusOptions, heldOutShare } from './corpus-options.ts';
import { defineData } from './data.ts';
import { CHARACTERS_FILES, readCharacters } from './read-characters.ts';
import { requireRecord } from './require-record.ts';
import { openWorlds } from './world-data.ts';

/** Windows of the bytes of a text. */
export const characters = defineData({
  kind: 'characters',
  source: 'documents in files, or the corpus that comes with the package',
  description: 'Windows at random positions of a text; a token is a byte.',
  options: z.strictObject({
    ...corpusOptions,
    validationFraction: heldOutShare.describe(
      'Share of the text that is held out, at its end; of the default corpus, the share of its documents.',
    ),
  }),
  open(given, context) {
    const { directory, begun, place } = context;
    if (begun && directory !== null) {
      requireRecord(path.join(directory, CHARACTERS_FILES.text), 'the text');
    }
    const { read, ...texts } = readCharacters(given, directory, place);
    const worlds = (contextLength: number) => {
      const options = { sequenceLength: contextLength + 1 };
      return {
        training: createCharactersWorld(texts.training, options),
        heldOut: createCharactersWorld(texts.heldOut, options),
      };
    };
    const contextLength = context.contextLength ?? CHARACTERS_DEFAULTS.sequenceLength - 1;
    return {
      ...openWorlds(worlds, contextLength, context),
      shows: 'text',
      tokenizer: createByteTokenizer(),
      ...(read !== undefined && { read: `${place}: ${read}` }),
    };
  },
});
