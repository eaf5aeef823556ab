// Selective copying (Gu and Dao 2023, arXiv 2312.00752): symbols stand somewhere among blanks, and are to be named in
// their order at the end. Where they stand must be told from what they are, which fixed filters cannot do.

import { foldIn, permutation, UserError } from 'primordia/core';
import { createTaskWorld, defineWorld, maskWhere, uniformTokens } from 'primordia/worlds';
import { z } from 'zod';

const options = z.strictObject({
  symbols: z.int().min(2).default(8).describe('Different symbols.'),
  items: z.int().positive().default(4).describe('Symbols of a sequence, which are to be named.'),
});

/** Tokens: 0..symbols − 1, then a blank, then a delimiter before the answer. */
function drawTokens({ symbols, items, sequenceLength }, key) {
  const body = sequenceLength - items - 1;
  const named = uniformTokens(foldIn(key, 'symbols'), items, symbols);
  const places = permutation(foldIn(key, 'places'), body).slice(0, items).sort();
  const tokens = new Int32Array(sequenceLength).fill(symbols);
  places.forEach((place, i) => {
    tokens[place] = named[i];
  });
  tokens[body] = symbols + 1;
  tokens.set(named, body + 1);
  return tokens;
}

export const selectiveCopy = defineWorld({
  kind: 'my-selective-copy',
  source: 'Gu and Dao 2023, arXiv 2312.00752',
  description: 'Symbols among blanks, which are to be named in their order at the end.',
  contextLength: 32,
  options,
  create(given, { sequenceLength }) {
    const { symbols, items } = given;
    const body = sequenceLength - items - 1;
    if (body < items) {
      throw new UserError(`my-selective-copy: ${items} items do not fit ${sequenceLength} tokens`, {
        hint: `use a contextLength of at least ${2 * items}, or fewer items`,
      });
    }
    return createTaskWorld({
      name: 'my-selective-copy',
      description: `selective copy: ${items} of ${symbols} symbols among ${body - items} blanks`,
      options: { ...given, sequenceLength },
      vocabSize: symbols + 2,
      learnable: 'fixed',
      freshRules: false,
      firstTarget: body + 1,
      sample: () => null,
      draw: (_, key) => drawTokens({ symbols, items, sequenceLength }, key),
      targets: (tokens) => maskWhere(tokens.length, (t) => t > body),
    });
  },
});

export default { worlds: [selectiveCopy] };
