// Reading a tokenizer.json file.

import { readFileSync } from 'node:fs';
import { UserError } from '../core/index.ts';
import type { Tokenizer } from './tokenizer.ts';
import { tokenizerFromJson } from './tokenizer-from-json.ts';

/**
 * Reads a Hugging Face tokenizer.json; see `tokenizerFromJson`.
 *
 * @throws UserError when the file cannot be read, is not JSON, or is not a tokenizer
 */
export function readTokenizerJson(
  path: string,
  options: { readonly endOfText?: string } = {},
): Tokenizer {
  return tokenizerFromJson(parseJson(readText(path), path), { ...options, source: path });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const problem =
      code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'it is a directory' : code;
    throw new UserError(`cannot read the tokenizer ${path}: ${problem}`, { cause });
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${path} is not valid JSON: ${reason}`, { cause });
  }
}
