import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../test/support/any-character.ts';
import { createByteTokenizer } from './byte-tokenizer.ts';

const tokenizer = createByteTokenizer();
const text = fc.string({ unit: anyCharacter, maxLength: 40 });
/** Strings with lone surrogates among them. */
const codeUnits = fc
  .array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff })), { maxLength: 30 })
  .map((units) => String.fromCharCode(...units));

describe('createByteTokenizer', () => {
  it('gives the bytes of UTF-8', () => {
    expect([...tokenizer.encode('a\né\0')]).toEqual([97, 10, 0xc3, 0xa9, 0]);
    expect(tokenizer.vocabSize).toBe(257);
    expect(tokenizer.endOfText).toBe(256);
    expect(tokenizer.encode('')).toHaveLength(0);
  });

  it('gives any text back', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(tokenizer.decode(tokenizer.encode(value))).toBe(value);
      }),
    );
  });

  it('keeps a byte order mark', () => {
    expect(tokenizer.decode(tokenizer.encode('\ufeffa'))).toBe('\ufeffa');
  });

  it('takes the end-of-text spelling for its id, and spells it out again', () => {
    expect([...tokenizer.encode('a<|endoftext|>b<|endoftext|>')]).toEqual([97, 256, 98, 256]);
    expect(tokenizer.decode([97, 256, 98])).toBe('a<|endoftext|>b');
  });

  it('decodes any ids without throwing', () => {
    expect(tokenizer.decode([0xe2, 0x82])).toBe('\ufffd');
    expect(tokenizer.decode([0xe2, 256])).toBe('\ufffd<|endoftext|>');
    expect(tokenizer.decode([97, 9999, -1, 98])).toBe('a\ufffd\ufffdb');
    fc.assert(
      fc.property(fc.array(fc.integer()), (ids) => {
        expect(typeof tokenizer.decode(ids)).toBe('string');
      }),
    );
  });

  it('gives the ids of its tokenizer.json in the Hugging Face library', () => {
    const library = new HuggingFaceTokenizer(tokenizer.toJson() as object, {
      clean_up_tokenization_spaces: false,
    });
    for (let byte = 0; byte < 128; byte++) {
      expect(library.encode(String.fromCharCode(byte)).ids).toEqual([byte]);
    }
    fc.assert(
      fc.property(fc.oneof(text, codeUnits), (value) => {
        const ids = [...tokenizer.encode(`${value}<|endoftext|> don't  ${value}`)];
        expect(library.encode(`${value}<|endoftext|> don't  ${value}`).ids).toEqual(ids);
        expect(tokenizer.decode(ids)).toBe(library.decode(ids));
      }),
    );
  });
});
