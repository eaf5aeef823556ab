// Documents as one list of tokens.

import { concatTokens } from './concat-tokens.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Tokens of all documents, with `tokenizer.endOfText` between them. */
export function tokenizeDocuments(tokenizer: Tokenizer, documents: Iterable<string>): Int32Array {
  const parts: Int32Array[] = [];
  for (const document of documents) {
    if (parts.length > 0) parts.push(Int32Array.of(tokenizer.endOfText));
    parts.push(tokenizer.encode(document));
  }
  return concatTokens(parts);
}
