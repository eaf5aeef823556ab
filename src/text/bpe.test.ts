import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../test/support/any-character.ts';
import { createBpeTokenizer } from './bpe.ts';
import { BYTE_CHARACTERS } from './byte-alphabet.ts';
import { preTokenize } from './pre-tokenize.ts';
import { trainBpe } from './train-bpe.ts';

const SAMPLE = [
  "The cat's whiskers weren't there; they'll be 1234 metres off, the others there said.",
  'Der Bär läuft über die Brücke, 三千大千世界, друг за другом 🐻🐻🐻.\n\n\n    indented\t\tcode()',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbb abababababab __proto__ __proto__ constructor',
];
const model = trainBpe([...SAMPLE, ...SAMPLE], { vocabSize: 420 });
const tokenizer = createBpeTokenizer(model);
const library = new HuggingFaceTokenizer(tokenizer.toJson() as object, {
  clean_up_tokenization_spaces: false,
});

const mixed = fc
  .array(
    fc.oneof(
      fc.string({ unit: anyCharacter, maxLength: 8 }),
      fc.constantFrom(...SAMPLE.flatMap((text) => text.split(/(?= )/))),
      fc.constantFrom(
        ' ',
        '\n',
        '  ',
        "'s",
        "'ll",
        '<|endoftext|>',
        'aaaa',
        '\u00a0',
        '\ud800',
        '\udc00x',
      ),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

/** What UTF-8 makes of lone surrogates. */
function wellFormed(text: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));
}

describe('createBpeTokenizer', () => {
  it('gives any text back', () => {
    fc.assert(
      fc.property(mixed, (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(wellFormed(text));
      }),
      { numRuns: 500 },
    );
  });

  it('gives the ids of its tokenizer.json in the Hugging Face library', () => {
    fc.assert(
      fc.property(mixed, (text) => {
        expect(library.encode(text).ids).toEqual([...tokenizer.encode(text)]);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the ids of the library for merges in any order', () => {
    // Trained merges come with their parts first; a file may have them otherwise.
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...model.merges.keys()]),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'o', 't', 'h', 'e', ' '), maxLength: 40 }),
        (order, text) => {
          const other = { ...model, merges: order.map((i) => model.merges[i]!) };
          const ours = createBpeTokenizer(other);
          const theirs = new HuggingFaceTokenizer(ours.toJson() as object, {});
          expect([...ours.encode(text)]).toEqual(theirs.encode(text).ids);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('uses what it learned', () => {
    const ids = tokenizer.encode(SAMPLE[0]!);
    expect(ids.length).toBeLessThan(SAMPLE[0]!.length * 0.6);
    expect(Math.max(...ids)).toBeLessThan(tokenizer.vocabSize);
  });

  it('encodes 300,000 characters without a space', () => {
    const text = 'ab'.repeat(150_000);
    const ids = tokenizer.encode(text);
    expect(ids.length).toBeLessThan(150_000);
    expect(tokenizer.decode(ids)).toBe(text);
  });

  it('gives the same ids in one piece and in chunks', () => {
    const text = `${SAMPLE.join(' \n ')}   \n`.repeat(1500);
    expect(text.length).toBeGreaterThan(4 * 65_536);
    expect(library.encode(text).ids).toEqual([...tokenizer.encode(text)]);
  });

  it('names a token that is missing', () => {
    const vocabulary = new Map(model.vocabulary);
    vocabulary.delete(BYTE_CHARACTERS[32]!);
    expect(() => createBpeTokenizer({ ...model, vocabulary })).toThrow('no token "Ġ"');
  });
});

describe('preTokenize', () => {
  it('cuts like GPT-2', () => {
    expect([...preTokenize("I've 12 cats,  they're\n\nmine ")].flat()).toEqual([
      'I',
      "'ve",
      ' 12',
      ' cats',
      ',',
      ' ',
      ' they',
      "'re",
      '\n',
      '\n',
      'mine',
      ' ',
    ]);
  });

  it('takes text of one class of characters, however long', () => {
    for (const character of ['汉', '🐻', ' ']) {
      const text = character.repeat(9_000_000);
      expect([...preTokenize(text)].flat().join('') === text).toBe(true);
    }
  });

  it('loses no character', () => {
    fc.assert(
      fc.property(mixed, (text) => {
        expect([...preTokenize(text)].flat().join('')).toBe(text);
      }),
    );
  });
});
