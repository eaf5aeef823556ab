// Reading a tokenizer.json file.

import { readJsonFile } from '../files/json.ts';
import type { Tokenizer } from './tokenizer.ts';
import { tokenizerFromJson } from './tokenizer-from-json.ts';

/** Published ones have up to 35 MB. */
const MAX_BYTES = 2 ** 28;

/**
 * Reads a Hugging Face tokenizer.json; see `tokenizerFromJson`.
 *
 * @throws UserError if the file cannot be read, is not JSON, or is not a tokenizer
 */
export function readTokenizerJson(
  path: string,
  options: { readonly endOfText?: string } = {},
): Tokenizer {
  return tokenizerFromJson(readJsonFile(path, { maxBytes: MAX_BYTES }), {
    ...options,
    source: path,
  });
}
