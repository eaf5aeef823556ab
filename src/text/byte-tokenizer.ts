// The tokenizer without a vocabulary to learn: a token is a byte of UTF-8.

import { BYTE_CHARACTERS } from './byte-alphabet.ts';
import { byteLevelJson } from './byte-level-json.ts';
import { concatTokens } from './concat-tokens.ts';
import { decodeTokens } from './decode-tokens.ts';
import { END_OF_TEXT, type Tokenizer } from './tokenizer.ts';

/** A tokenizer of 257 ids: 0..255 are the byte values, 256 is end-of-text. */
export function createByteTokenizer(): Tokenizer {
  const endOfText = 256;
  const encoder = new TextEncoder();
  const tokenBytes = [
    ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
    encoder.encode(END_OF_TEXT),
  ];
  const vocabulary = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));
  return {
    vocabSize: 257,
    endOfText,
    encode: (text) =>
      concatTokens(
        text
          .split(END_OF_TEXT)
          .flatMap((part, i) => [
            ...(i > 0 ? [Int32Array.of(endOfText)] : []),
            Int32Array.from(encoder.encode(part)),
          ]),
      ),
    decode: (ids) => decodeTokens(tokenBytes, ids),
    toJson: () =>
      byteLevelJson({ vocabulary, merges: [], endOfText: { id: endOfText, content: END_OF_TEXT } }),
  };
}
